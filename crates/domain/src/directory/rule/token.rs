//! The tokens of a membership rule.

use super::error::RuleError;
use super::tree::RULE_CHARACTERS_MAX;

/// A token of a rule, and its position in characters from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RuleToken {
    pub(super) kind: RuleTokenKind,
    pub(super) position: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum RuleTokenKind {
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    /// A text between quotes.
    Text(Box<str>),
    /// A name, an operator, `_`, `null`, `true`, `false`.
    Word(Box<str>),
    End,
}

impl RuleTokenKind {
    /// The token as a message shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            RuleTokenKind::Open => "'('".to_owned(),
            RuleTokenKind::Close => "')'".to_owned(),
            RuleTokenKind::OpenList => "'['".to_owned(),
            RuleTokenKind::CloseList => "']'".to_owned(),
            RuleTokenKind::Comma => "','".to_owned(),
            RuleTokenKind::Text(text) => format!("\"{text}\""),
            RuleTokenKind::Word(word) => format!("'{word}'"),
            RuleTokenKind::End => "the end".to_owned(),
        }
    }
}

/// Splits a rule into tokens; the last one is the end.
pub(super) fn tokens(rule: &str) -> Result<Vec<RuleToken>, RuleError> {
    let characters: Vec<char> = rule.chars().collect();
    if characters.len() > RULE_CHARACTERS_MAX {
        let message = format!("it has more than {RULE_CHARACTERS_MAX} characters");
        return Err(RuleError { position: RULE_CHARACTERS_MAX, message });
    }
    let mut tokens = Vec::new();
    let mut position = 0;
    while let Some(character) = characters.get(position) {
        let start = position;
        position += 1;
        let kind = match character {
            space if space.is_whitespace() => continue,
            '(' => RuleTokenKind::Open,
            ')' => RuleTokenKind::Close,
            '[' => RuleTokenKind::OpenList,
            ']' => RuleTokenKind::CloseList,
            ',' => RuleTokenKind::Comma,
            quote @ ('"' | '\'') => RuleTokenKind::Text(quoted(&characters, &mut position, *quote)?),
            first if is_of_word(*first) => {
                position += characters[position..].iter().take_while(|next| is_of_word(**next)).count();
                RuleTokenKind::Word(characters[start..position].iter().collect())
            }
            other => {
                return Err(RuleError {
                    position: start,
                    message: format!("there is an unexpected '{other}'"),
                });
            }
        };
        tokens.push(RuleToken { kind, position: start });
    }
    tokens.push(RuleToken { kind: RuleTokenKind::End, position });
    Ok(tokens)
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// The text up to its closing quote. A back tick takes what follows as it is; two quotes are one.
fn quoted(characters: &[char], position: &mut usize, quote: char) -> Result<Box<str>, RuleError> {
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
    Err(RuleError { position: open, message: "the text that begins there has no closing quote".to_owned() })
}
