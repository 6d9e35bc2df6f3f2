//! `muster token`: a token of the dev issuer, made without a server.

use std::path::Path;

use odata::error::hint;
use server::StartupError;
use server::dev::DevFolder;
use server::tokens::issue::{self, DEV_CLIENT, TokenGrant, TokenSubject, UserClaims};

use crate::command_line::{DATA_DEFAULT, TokenArguments};

/// The dev folder that a command is about. The usual one is made if need be; one that was named must be there.
pub fn dev_folder(named: Option<&Path>) -> Result<DevFolder, StartupError> {
    match named {
        Some(path) if !path.is_dir() => Err(StartupError::Misused(format!(
            "there is no dev folder '{0}'; muster serve --dev --data '{0}' makes one",
            path.display()
        ))),
        named => Ok(DevFolder::at(named.unwrap_or(Path::new(DATA_DEFAULT)))),
    }
}

/// The token to print.
pub fn run(arguments: &TokenArguments) -> Result<String, StartupError> {
    let known = domain::permissions();
    let permissions = granted(&arguments.permissions, &known)?;
    let subject = match arguments.app {
        true => TokenSubject::Application { client_id: DEV_CLIENT },
        false => {
            let user = UserClaims::of_name(arguments.tenant, &arguments.user);
            TokenSubject::User { user, client_id: DEV_CLIENT }
        }
    };
    let grant = TokenGrant {
        permissions,
        scope_tags: &arguments.scope_tags,
        lifetime_seconds: arguments.ttl,
        ..TokenGrant::new(arguments.tenant, subject)
    };
    let key = dev_folder(arguments.data.as_deref())?.signing_key().map_err(StartupError::Failed)?;
    issue::issue(&key, &grant)
        .map_err(|error| StartupError::Failed(format!("cannot sign the token: {error}")))
}

/// The permissions that were asked for; all there are if none was. An unknown one is a mistake.
fn granted<'a>(asked: &'a [String], known: &'a [String]) -> Result<&'a [String], StartupError> {
    if let Some(unknown) = asked.iter().find(|permission| !known.contains(permission)) {
        let near = hint(unknown, known.iter().map(String::as_str));
        return Err(StartupError::Misused(format!(
            "there is no permission '{unknown}'{near}; it is one of {}",
            known.join(", ")
        )));
    }
    Ok(if asked.is_empty() { known } else { asked })
}

#[cfg(test)]
mod tests {
    use super::granted;

    #[test]
    fn unknown_permissions_are_refused_with_the_near_miss() {
        let known = ["Library.Read.All".to_owned(), "Library.ReadWrite.All".to_owned()];
        assert_eq!(granted(&[], &known).unwrap(), known);
        assert_eq!(granted(&known[1..], &known).unwrap(), &known[1..]);
        let error = granted(&["Library.Read.Al".to_owned()], &known).unwrap_err().to_string();
        assert!(error.contains("did you mean 'Library.Read.All'?"), "{error}");
    }
}
