//! What a request to another server failed of.

/// The innermost reason of an error, which is the one that says something. It has no URL.
pub fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if std::ptr::eq(innermost, error as &dyn std::error::Error) {
        return "it does not answer".to_owned();
    }
    innermost.to_string()
}
