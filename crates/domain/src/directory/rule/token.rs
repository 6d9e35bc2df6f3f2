//! A rule's words.

use super::RULE_CHARACTERS_MAX;
use super::parse::Wrong;

/// A word of a rule, and where it stands: in characters from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) position: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    /// What stands between quotes.
    Text(Box<str>),
    /// A name, an operator, `_`, `null`, `true`, `false`.
    Word(Box<str>),
    End,
}

impl TokenKind {
    /// As a message shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            TokenKind::Open => "'('".to_owned(),
            TokenKind::Close => "')'".to_owned(),
            TokenKind::OpenList => "'['".to_owned(),
            TokenKind::CloseList => "']'".to_owned(),
            TokenKind::Comma => "','".to_owned(),
            TokenKind::Text(text) => format!("\"{text}\""),
            TokenKind::Word(word) => format!("'{word}'"),
            TokenKind::End => "the end".to_owned(),
        }
    }
}

/// Takes a rule apart; the last token is the end.
pub(super) fn tokens(rule: &str) -> Result<Vec<Token>, Wrong> {
    let characters: Vec<char> = rule.chars().collect();
    if characters.len() > RULE_CHARACTERS_MAX {
        let message = format!("it has more than {RULE_CHARACTERS_MAX} characters");
        return Err(Wrong { position: RULE_CHARACTERS_MAX, message });
    }
    let mut tokens = Vec::new();
    let mut position = 0;
    while let Some(character) = characters.get(position) {
        let start = position;
        position += 1;
        let kind = match character {
            space if space.is_whitespace() => continue,
            '(' => TokenKind::Open,
            ')' => TokenKind::Close,
            '[' => TokenKind::OpenList,
            ']' => TokenKind::CloseList,
            ',' => TokenKind::Comma,
            quote @ ('"' | '\'') => TokenKind::Text(quoted(&characters, &mut position, *quote)?),
            first if is_of_word(*first) => {
                position += characters[position..].iter().take_while(|next| is_of_word(**next)).count();
                TokenKind::Word(characters[start..position].iter().collect())
            }
            other => {
                return Err(Wrong { position: start, message: format!("there is an unexpected '{other}'") });
            }
        };
        tokens.push(Token { kind, position: start });
    }
    tokens.push(Token { kind: TokenKind::End, position });
    Ok(tokens)
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// The text up to its closing quote. A back tick takes what follows as it is; two quotes are one.
fn quoted(characters: &[char], position: &mut usize, quote: char) -> Result<Box<str>, Wrong> {
    let open = *position - 1;
    let mut text = String::new();
    while let Some(character) = characters.get(*position) {
        *position += 1;
        let next = characters.get(*position);
        match (*character, next) {
            ('`', Some(next)) => {
                text.push(*next);
                *position += 1;
            }
            (same, Some(next)) if same == quote && *next == quote => {
                text.push(quote);
                *position += 1;
            }
            (same, _) if same == quote => return Ok(text.into()),
            (other, _) => text.push(other),
        }
    }
    Err(Wrong { position: open, message: "the text that begins there has no closing quote".to_owned() })
}
