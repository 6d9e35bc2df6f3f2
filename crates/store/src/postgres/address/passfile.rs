//! The password file as libpq reads it: a line for each server, `host:port:database:user:password`.

/// What a line of the file must fit.
pub(super) struct Sought<'a> {
    /// The host as the URL names it; `localhost` for a socket.
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// The password of the first line that fits.
pub(super) fn password(text: &str, sought: &Sought<'_>) -> Option<String> {
    let port = sought.port.to_string();
    text.lines().find_map(|line| of_line(line, [sought.host, &port, sought.database, sought.user]))
}

fn of_line(line: &str, sought: [&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut rest = line;
    for value in sought {
        let (field, is_literal_star, behind) = field(rest)?;
        if !(field == value || (field == "*" && !is_literal_star)) {
            return None;
        }
        rest = behind;
    }
    // The password goes to the end of the line; libpq takes colons in it with or without a backslash.
    Some(unescaped(rest)).filter(|password| !password.is_empty())
}

/// The first field of a line, whether a backslash stood in it, and what is behind its colon.
fn field(line: &str) -> Option<(String, bool, &str)> {
    let mut is_escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b':' => {
                let text = line.get(..at)?;
                return Some((unescaped(text), text.contains('\\'), line.get(at + 1..)?));
            }
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut characters) = (String::with_capacity(text.len()), text.chars());
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next().unwrap_or('\\') } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Sought, password};

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let sought = Sought { host: "db.example.org", port: 5432, database: "muster", user: "a:b" };
        for (text, expected) in [
            ("db.example.org:5432:muster:a\\:b:secret", Some("secret")),
            ("*:*:*:*:any\n*:*:*:*:later", Some("any")),
            ("other:5432:muster:a\\:b:no\n*:5432:*:a\\:b:yes", Some("yes")),
            ("# *:*:*:*:comment\n", None),
            ("#*:*:*:*:comment\n*:*:*:*:x", Some("x")),
            ("*:*:*:*:with\\:colon and \\\\", Some("with:colon and \\")),
            ("*:*:*:*:with:colon", Some("with:colon")),
            ("*:5433:*:*:no", None),
            ("\\*:*:*:*:no", None),
            ("*:*:*:*:", None),
            ("*:*:*", None),
            ("", None),
        ] {
            assert_eq!(password(text, &sought).as_deref(), expected, "{text}");
        }
    }
}
