//! The functions and arithmetic operators (URL conventions 4.01, 5.1.1.2 to 5.1.1.9), and what they yield.
//!
//! They know three kinds of scalars, because databases know no more: a truth value, an enumeration's member, a date,
//! a time of day and a duration are integers. What has no result (a division by zero, a sum beyond 64 bits, a
//! date beyond the year 9999) is null. SQLite calls [`Function::apply`] itself; for PostgreSQL it is written in SQL.

use super::numeral::{integer_of_text, real_of_text, text_of_real};
use super::pattern;
use crate::Value;
use crate::date_time::{MAX_TICKS, Ticks};

/// Ticks of a day.
pub const TICKS_PER_DAY: i64 = 864_000_000_000;
const TICKS_PER_SECOND: i64 = 10_000_000;

/// A value as functions see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Integers, truth values, enumerations' members and everything in ticks.
    Integer(i64),
    /// Doubles, always finite as results.
    Real(f64),
    /// Strings, GUIDs in lower case, base64.
    Text(Box<str>),
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $text:literal $arity:literal,)*) => {
        /// A function or arithmetic operator on operands of known types.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function { $($(#[$doc])* $name,)* }

        impl Function {
            /// Every function.
            pub const ALL: &[Function] = &[$(Function::$name,)*];

            /// Its name, lower case.
            pub fn name(self) -> &'static str {
                match self { $(Function::$name => $text,)* }
            }

            /// How many operands it takes.
            pub fn arity(self) -> usize {
                match self { $(Function::$name => $arity,)* }
            }
        }
    };
}

functions! {
    /// `contains(text,part)`
    Contains "contains" 2,
    /// `startswith(text,part)`
    StartsWith "startswith" 2,
    /// `endswith(text,part)`
    EndsWith "endswith" 2,
    /// `indexof(text,part)`: in characters from 0; -1 if it is nowhere.
    IndexOf "indexof" 2,
    /// `length(text)`, in characters.
    Length "length" 1,
    /// `substring(text,start)`: a negative start counts from the end.
    Substring "substring" 2,
    /// `substring(text,start,length)`
    SubstringOf "substringof" 3,
    /// `tolower(text)`: each character by itself, where its lower case is one character.
    ToLower "tolower" 1,
    /// `toupper(text)`, likewise.
    ToUpper "toupper" 1,
    /// `trim(text)`: without Unicode's white space at both ends.
    Trim "trim" 1,
    /// `concat(text,text)`
    Concat "concat" 2,
    /// `matchesPattern(text,pattern)`; the pattern is a literal that [`super::pattern`] has accepted.
    MatchesPattern "matchespattern" 2,
    /// `year(ticks)`
    Year "year" 1,
    /// `month(ticks)`
    Month "month" 1,
    /// `day(ticks)`
    Day "day" 1,
    /// `hour(ticks)`
    Hour "hour" 1,
    /// `minute(ticks)`
    Minute "minute" 1,
    /// `second(ticks)`
    Second "second" 1,
    /// `fractionalseconds(ticks)`
    FractionalSeconds "fractionalseconds" 1,
    /// `date(ticks)`: the midnight before.
    Date "date" 1,
    /// `time(ticks)`: what has passed since that.
    Time "time" 1,
    /// `totalseconds(duration)`
    TotalSeconds "totalseconds" 1,
    /// `round(real)`: halves away from zero.
    Round "round" 1,
    /// `floor(real)`
    Floor "floor" 1,
    /// `ceiling(real)`
    Ceiling "ceiling" 1,
    /// `integer add integer`
    Add "add" 2,
    /// `integer sub integer`
    Subtract "sub" 2,
    /// `integer mul integer`
    Multiply "mul" 2,
    /// `integer div integer`, cut towards zero.
    Divide "div" 2,
    /// `integer mod integer`, with the dividend's sign.
    Modulo "mod" 2,
    /// `real add real`
    AddReal "add_real" 2,
    /// `real sub real`
    SubtractReal "sub_real" 2,
    /// `real mul real`
    MultiplyReal "mul_real" 2,
    /// `real div real`
    DivideReal "div_real" 2,
    /// `real mod real`: `a - trunc(a / b) * b`.
    ModuloReal "mod_real" 2,
    /// `date add duration`
    AddTime "add_time" 2,
    /// `date sub duration`
    SubtractTime "sub_time" 2,
    /// `flags has members`
    Has "has" 2,
    /// An integer as a real.
    RealOfInteger "real_of_integer" 1,
    /// A real without its fraction.
    IntegerOfReal "integer_of_real" 1,
    /// The integer that a text spells.
    IntegerOfText "integer_of_text" 1,
    /// An integer's digits.
    TextOfInteger "text_of_integer" 1,
    /// `true` or `false`.
    TextOfBoolean "text_of_boolean" 1,
    /// The double that a text spells.
    RealOfText "real_of_text" 1,
    /// A double's digits, without exponent: of 15, 16 and 17 significant ones the first that lead back to it.
    TextOfReal "text_of_real" 1,
    /// An integer if it has 32 bits.
    Integer32 "integer32" 1,
}

impl Scalar {
    /// The scalar of a value; None for null, and for what is no single primitive value.
    pub fn from_value(value: &Value) -> Option<Scalar> {
        Some(match value {
            Value::Boolean(flag) => Scalar::Integer(i64::from(*flag)),
            Value::Int(number) | Value::Enum(number) | Value::Duration(number) => Scalar::Integer(*number),
            Value::DateTimeOffset(Ticks(ticks)) => Scalar::Integer(*ticks),
            Value::Double(number) => Scalar::Real(*number),
            Value::String(text) | Value::Binary(text) => Scalar::Text(text.clone()),
            Value::Guid(guid) => Scalar::Text(guid.to_string().into()),
            Value::Null | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_) => return None,
        })
    }
}

impl Function {
    /// Whether the result is a truth value, which the integers 0 and 1 stand for.
    pub fn is_boolean(self) -> bool {
        use Function::{Contains, EndsWith, Has, MatchesPattern, StartsWith};
        matches!(self, Contains | StartsWith | EndsWith | MatchesPattern | Has)
    }

    /// The result for operands that are not null; None stands for null.
    pub fn apply(self, operands: &[Scalar]) -> Option<Scalar> {
        use Scalar::{Integer, Real, Text};
        match operands {
            [Text(text)] => self.of_text(text),
            [Integer(number)] => self.of_integer(*number),
            [Real(number)] => self.of_real(*number),
            [Text(a), Text(b)] => self.of_texts(a, b),
            [Integer(a), Integer(b)] => self.of_integers(*a, *b).map(Integer),
            [Real(a), Real(b)] => self.of_reals(*a, *b).filter(|result| result.is_finite()).map(Real),
            [Text(text), Integer(start)] => Some(Text(substring(text, *start, i64::MAX))),
            [Text(text), Integer(start), Integer(length)] => Some(Text(substring(text, *start, *length))),
            _ => None,
        }
    }

    fn of_text(self, text: &str) -> Option<Scalar> {
        Some(match self {
            Function::Length => Scalar::Integer(text.chars().count() as i64),
            // Most texts are, and then it takes a tenth of the time.
            Function::ToLower if text.is_ascii() => Scalar::Text(text.to_ascii_lowercase().into()),
            Function::ToUpper if text.is_ascii() => Scalar::Text(text.to_ascii_uppercase().into()),
            Function::ToLower => Scalar::Text(text.chars().map(lower).collect()),
            Function::ToUpper => Scalar::Text(text.chars().map(upper).collect()),
            Function::Trim => Scalar::Text(text.trim().into()),
            Function::IntegerOfText => Scalar::Integer(integer_of_text(text)?),
            Function::RealOfText => Scalar::Real(real_of_text(text)?),
            _ => return None,
        })
    }

    fn of_integer(self, number: i64) -> Option<Scalar> {
        let (days, time) = (number.div_euclid(TICKS_PER_DAY), number.rem_euclid(TICKS_PER_DAY));
        let (year, month, day) = crate::date_time::civil_from_days(days);
        Some(Scalar::Integer(match self {
            Function::Year => year,
            Function::Month => month,
            Function::Day => day,
            Function::Hour => time / TICKS_PER_SECOND / 3_600,
            Function::Minute => time / TICKS_PER_SECOND / 60 % 60,
            Function::Second => time / TICKS_PER_SECOND % 60,
            Function::Date => days * TICKS_PER_DAY,
            Function::Time => time,
            Function::Integer32 => i64::from(i32::try_from(number).ok()?),
            Function::FractionalSeconds => {
                return Some(Scalar::Real((time % TICKS_PER_SECOND) as f64 / TICKS_PER_SECOND as f64));
            }
            Function::TotalSeconds => return Some(Scalar::Real(number as f64 / TICKS_PER_SECOND as f64)),
            Function::RealOfInteger => return Some(Scalar::Real(number as f64)),
            Function::TextOfInteger => return Some(Scalar::Text(number.to_string().into())),
            Function::TextOfBoolean => return Some(Scalar::Text((number != 0).to_string().into())),
            _ => return None,
        }))
    }

    fn of_real(self, number: f64) -> Option<Scalar> {
        Some(Scalar::Real(match self {
            Function::Round => number.round(),
            Function::Floor => number.floor(),
            Function::Ceiling => number.ceil(),
            Function::IntegerOfReal => {
                // 2^63, the first that does not fit.
                let limit = 9_223_372_036_854_775_808.0;
                let fits = (-limit..limit).contains(&number);
                return fits.then_some(Scalar::Integer(number as i64));
            }
            Function::TextOfReal => return Some(Scalar::Text(text_of_real(number)?.into())),
            _ => return None,
        }))
    }

    fn of_texts(self, a: &str, b: &str) -> Option<Scalar> {
        let truth = |value: bool| Some(Scalar::Integer(i64::from(value)));
        match self {
            Function::Contains => truth(a.contains(b)),
            Function::StartsWith => truth(a.starts_with(b)),
            Function::EndsWith => truth(a.ends_with(b)),
            Function::MatchesPattern => truth(pattern::matches(a, b)?),
            Function::Concat => Some(Scalar::Text(format!("{a}{b}").into())),
            Function::IndexOf => {
                let before = a.find(b).and_then(|at| a.get(..at));
                Some(Scalar::Integer(before.map_or(-1, |before| before.chars().count() as i64)))
            }
            _ => None,
        }
    }

    fn of_integers(self, a: i64, b: i64) -> Option<i64> {
        let date = |ticks: i64| (0..=MAX_TICKS).contains(&ticks).then_some(ticks);
        match self {
            Function::Add => a.checked_add(b),
            Function::Subtract => a.checked_sub(b),
            Function::Multiply => a.checked_mul(b),
            Function::Divide => a.checked_div(b),
            Function::Modulo => (b != 0).then(|| a.wrapping_rem(b)),
            Function::AddTime => a.checked_add(b).and_then(date),
            Function::SubtractTime => a.checked_sub(b).and_then(date),
            Function::Has => Some(i64::from(a & b == b)),
            _ => None,
        }
    }

    fn of_reals(self, a: f64, b: f64) -> Option<f64> {
        let finite = |number: f64| number.is_finite().then_some(number);
        match self {
            Function::AddReal => Some(a + b),
            Function::SubtractReal => Some(a - b),
            Function::MultiplyReal => Some(a * b),
            Function::DivideReal => (b != 0.0).then(|| a / b),
            // Written out, because the other database has no remainder of doubles.
            Function::ModuloReal if b != 0.0 => Some(a - finite(finite(a / b)?.trunc() * b)?),
            _ => None,
        }
    }
}

/// The characters from `start` on, at most `length` of them.
fn substring(text: &str, start: i64, length: i64) -> Box<str> {
    let start = match start {
        0.. => start,
        _ => (text.chars().count() as i64).saturating_add(start).max(0),
    };
    let bounded = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    text.chars().skip(bounded(start)).take(bounded(length)).collect()
}

/// The lower case of a character, if that is one character.
pub fn lower(character: char) -> char {
    let mut folded = character.to_lowercase();
    match (folded.next(), folded.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

/// The upper case of a character, if that is one character.
pub fn upper(character: char) -> char {
    let mut folded = character.to_uppercase();
    match (folded.next(), folded.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}
