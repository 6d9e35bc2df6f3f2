//! `muster env`: what a client of the dev server needs, as lines to evaluate.

use std::path::PathBuf;

use server::StartupError;
use server::dev::{CLIENT_DEFAULT, DevFolder, TENANT_DEFAULT, USER_DEFAULT};
use server::tokens::issue::{self, TokenGrant, TokenSubject, UserClaims};

use crate::command_line::{EnvArguments, Shell};
use crate::token;

/// The lines for the shell.
pub fn run(arguments: &EnvArguments) -> Result<String, StartupError> {
    let folder = token::dev_folder(arguments.data.as_deref())?;
    let variables = variables(&folder).map_err(StartupError::Failed)?;
    let lines: Vec<String> =
        variables.iter().map(|(name, value)| line(arguments.shell, name, value)).collect();
    Ok(lines.join("\n"))
}

fn variables(folder: &DevFolder) -> Result<Vec<(&'static str, String)>, String> {
    let absolute = |path: PathBuf| match std::path::absolute(path) {
        Ok(path) => Ok(path.display().to_string()),
        Err(error) => Err(error.to_string()),
    };
    let (authority, trusted) = (absolute(folder.authority_file()?)?, absolute(folder.trust_file()?)?);
    let origin = folder.origin();
    let permissions = domain::permissions();
    // The documents let people do what applications may not.
    let user = UserClaims::of_name(TENANT_DEFAULT, USER_DEFAULT);
    let subject = TokenSubject::User { user, client_id: CLIENT_DEFAULT };
    let grant = TokenGrant { permissions: &permissions, ..TokenGrant::new(TENANT_DEFAULT, subject) };
    Ok(vec![
        ("GRAPH_BASE_URL", origin.clone()),
        ("MUSTER_TOKEN", issue::issue(&folder.signing_key()?, &grant)?),
        // OpenSSL and what is built on it, curl, Python's requests: these forget all others.
        ("SSL_CERT_FILE", trusted.clone()),
        ("CURL_CA_BUNDLE", trusted.clone()),
        ("REQUESTS_CA_BUNDLE", trusted),
        // Node adds it to those that it knows.
        ("NODE_EXTRA_CA_CERTS", authority),
        // The names that Azure's identity libraries read.
        ("AZURE_AUTHORITY_HOST", origin),
        ("AZURE_TENANT_ID", TENANT_DEFAULT.to_string()),
        ("AZURE_CLIENT_ID", CLIENT_DEFAULT.to_owned()),
        ("AZURE_CLIENT_SECRET", folder.client_secret()?),
    ])
}

/// A line that sets a variable. In both shells a text in single quotes is taken as it is, but for the single quote
/// itself.
fn line(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Sh => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Shell::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::command_line::Shell;

    #[test]
    fn values_are_quoted_for_their_shell() {
        let cases = [
            (Shell::Sh, "plain", "export A='plain'"),
            (Shell::Sh, "it's $HOME `x`", r"export A='it'\''s $HOME `x`'"),
            (Shell::Powershell, "it's $HOME", "$env:A = 'it''s $HOME'"),
        ];
        for (shell, value, expected) in cases {
            assert_eq!(line(shell, "A", value), expected);
        }
    }
}
