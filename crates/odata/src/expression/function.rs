//! The table of functions and operators (URL conventions 4.01, 5.1.1.2 to 5.1.1.9): each with its name, the types of
//! its operands and of its result, and its evaluator.
//!
//! SQLite calls the evaluator; `store` has the text for PostgreSQL. A new function is a row here and the arm there that
//! the compiler asks for; the tests of `store` draw every row on both databases.

use super::arithmetic::{
    civil, finite, fraction, index_of, instant, integer_of_real, midnight, real_remainder, second_of_day,
    seconds, since_midnight, substring,
};
use super::letter_case::{text_to_lower, text_to_upper};
use super::numeral::{integer_of_text, real_of_text, text_of_real};
use super::pattern;
use super::scalar::{EvaluatorOperand, EvaluatorResult, Scalar};
use super::value_type::ValueType;

/// Declares rows of `Name "name" (TYPE, TYPE | TYPE) -> TYPE: |operand: Scalar, …| result;`.
macro_rules! functions {
    (called by name {$(
        $(#[$called_doc:meta])* $called:ident $called_name:literal $called_types:tt -> $called_result:ident:
            |$($called_operand:ident: $called_kind:ident),*| $called_body:expr;
    )*} operators and conversions {$(
        $(#[$other_doc:meta])* $other:ident $other_name:literal $other_types:tt -> $other_result:ident:
            |$($other_operand:ident: $other_kind:ident),*| $other_body:expr;
    )*}) => {
        impl Function {
            /// The functions that an expression calls by name. Those of one name take different numbers of operands.
            pub const CALLED: &[Function] = &[$(Function::$called,)*];
        }

        functions! {
            $($(#[$called_doc])* $called $called_name $called_types -> $called_result:
                |$($called_operand: $called_kind),*| $called_body;)*
            $($(#[$other_doc])* $other $other_name $other_types -> $other_result:
                |$($other_operand: $other_kind),*| $other_body;)*
        }
    };
    ($(
        $(#[$doc:meta])* $name:ident $text:literal ($($($type:ident)|+),*) -> $result:ident:
            |$($operand:ident: $kind:ident),*| $body:expr;
    )*) => {
        /// A function or operator on operands of known types.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function { $($(#[$doc])* $name,)* }

        impl Function {
            /// Every function and operator.
            pub const ALL: &[Function] = &[$(Function::$name,)*];

            /// The name, lower case.
            pub fn name(self) -> &'static str {
                match self { $(Function::$name => $text,)* }
            }

            /// The types that each operand may have.
            pub fn parameters(self) -> &'static [&'static [ValueType]] {
                match self { $(Function::$name => &[$(&[$(ValueType::$type),+]),*],)* }
            }

            /// The type of the result.
            pub fn result(self) -> ValueType {
                match self { $(Function::$name => ValueType::$result,)* }
            }

            /// Whether the result is a truth value, which the integers 0 and 1 stand for.
            pub fn is_boolean(self) -> bool {
                self.result() == ValueType::BOOLEAN
            }

            /// The result for operands that are not null; None stands for null.
            pub fn apply(self, operands: &[Scalar]) -> Option<Scalar> {
                match self {
                    $(Function::$name => {
                        let [$(Scalar::$kind($operand)),*] = operands else { return None };
                        $(let $operand = $operand.taken();)*
                        EvaluatorResult::scalar($body)
                    })*
                }
            }
        }
    };
}

functions! {
    called by name {
        /// `contains(text,part)`: whether the part is somewhere in the text.
        Contains "contains" (STRING, STRING) -> BOOLEAN: |text: Text, part: Text| text.contains(part);
        /// `startswith(text,part)`: whether the text starts with the part.
        StartsWith "startswith" (STRING, STRING) -> BOOLEAN: |text: Text, part: Text| text.starts_with(part);
        /// `endswith(text,part)`: whether the text ends with the part.
        EndsWith "endswith" (STRING, STRING) -> BOOLEAN: |text: Text, part: Text| text.ends_with(part);
        /// `matchesPattern(text,pattern)`; the pattern is a literal that [`pattern::check`] has accepted.
        MatchesPattern "matchespattern" (STRING, STRING) -> BOOLEAN:
            |text: Text, pattern: Text| pattern::matches(text, pattern);
        /// `indexof(text,part)`: the part's place in characters from 0; -1 if it is nowhere.
        IndexOf "indexof" (STRING, STRING) -> INTEGER: |text: Text, part: Text| index_of(text, part);
        /// `length(text)`: the number of characters.
        Length "length" (STRING) -> INTEGER: |text: Text| text.chars().count() as i64;
        /// `substring(text,start)`: the rest from a place on; a negative one counts from the end.
        Substring "substring" (STRING, INTEGER) -> STRING:
            |text: Text, start: Integer| substring(text, start, i64::MAX);
        /// `substring(text,start,length)`: at most so many characters of that rest.
        SubstringOf "substring" (STRING, INTEGER, INTEGER) -> STRING:
            |text: Text, start: Integer, length: Integer| substring(text, start, length);
        /// `tolower(text)`: each character by itself, where its lower case is one character.
        ToLower "tolower" (STRING) -> STRING: |text: Text| text_to_lower(text);
        /// `toupper(text)`: each character by itself, where its upper case is one character.
        ToUpper "toupper" (STRING) -> STRING: |text: Text| text_to_upper(text);
        /// `trim(text)`: the text without Unicode's white space at both ends.
        Trim "trim" (STRING) -> STRING: |text: Text| text.trim();
        /// `concat(text,text)`: the one after the other.
        Concat "concat" (STRING, STRING) -> STRING: |a: Text, b: Text| format!("{a}{b}");
        /// `year(point)`: the year of a date or date-time.
        Year "year" (INSTANT | DATE) -> INTEGER: |ticks: Integer| civil(ticks).0;
        /// `month(point)`: the month, from 1.
        Month "month" (INSTANT | DATE) -> INTEGER: |ticks: Integer| civil(ticks).1;
        /// `day(point)`: the day of the month, from 1.
        Day "day" (INSTANT | DATE) -> INTEGER: |ticks: Integer| civil(ticks).2;
        /// `hour(point)`: the hour of a date-time or time of day.
        Hour "hour" (INSTANT | TIME_OF_DAY) -> INTEGER: |ticks: Integer| second_of_day(ticks) / 3_600;
        /// `minute(point)`: the minute of the hour.
        Minute "minute" (INSTANT | TIME_OF_DAY) -> INTEGER: |ticks: Integer| second_of_day(ticks) / 60 % 60;
        /// `second(point)`: the second of the minute.
        Second "second" (INSTANT | TIME_OF_DAY) -> INTEGER: |ticks: Integer| second_of_day(ticks) % 60;
        /// `fractionalseconds(point)`: the fraction of the second.
        FractionalSeconds "fractionalseconds" (INSTANT | TIME_OF_DAY) -> DOUBLE:
            |ticks: Integer| fraction(ticks);
        /// `date(instant)`: the midnight before.
        Date "date" (INSTANT) -> DATE: |ticks: Integer| midnight(ticks);
        /// `time(instant)`: the ticks since midnight.
        Time "time" (INSTANT) -> TIME_OF_DAY: |ticks: Integer| since_midnight(ticks);
        /// `totalseconds(duration)`: the duration in seconds.
        TotalSeconds "totalseconds" (DURATION) -> DOUBLE: |ticks: Integer| seconds(ticks);
        /// `totaloffsetminutes(instant)`: zero, because everything is kept in UTC.
        TotalOffsetMinutes "totaloffsetminutes" (INSTANT) -> INTEGER: |_ticks: Integer| 0_i64;
        /// `round(real)`: halves away from zero.
        Round "round" (DOUBLE) -> DOUBLE: |number: Real| number.round();
        /// `floor(real)`: the next whole number below.
        Floor "floor" (DOUBLE) -> DOUBLE: |number: Real| number.floor();
        /// `ceiling(real)`: the next whole number above.
        Ceiling "ceiling" (DOUBLE) -> DOUBLE: |number: Real| number.ceil();
    }
    operators and conversions {
        /// `integer add integer`, also of durations.
        Add "add" (INTEGER, INTEGER) -> INTEGER: |a: Integer, b: Integer| a.checked_add(b);
        /// `integer sub integer`, also of dates and durations.
        Subtract "sub" (INTEGER, INTEGER) -> INTEGER: |a: Integer, b: Integer| a.checked_sub(b);
        /// `integer mul integer`, also of a duration.
        Multiply "mul" (INTEGER, INTEGER) -> INTEGER: |a: Integer, b: Integer| a.checked_mul(b);
        /// `integer div integer`, cut towards zero.
        Divide "div" (INTEGER, INTEGER) -> INTEGER: |a: Integer, b: Integer| a.checked_div(b);
        /// `integer mod integer`, with the dividend's sign.
        Modulo "mod" (INTEGER, INTEGER) -> INTEGER:
            |a: Integer, b: Integer| (b != 0).then(|| a.wrapping_rem(b));
        /// `real add real`; null if the sum is not finite.
        AddReal "add_real" (DOUBLE, DOUBLE) -> DOUBLE: |a: Real, b: Real| finite(a + b);
        /// `real sub real`; null if the difference is not finite.
        SubtractReal "sub_real" (DOUBLE, DOUBLE) -> DOUBLE: |a: Real, b: Real| finite(a - b);
        /// `real mul real`; null if the product is not finite.
        MultiplyReal "mul_real" (DOUBLE, DOUBLE) -> DOUBLE: |a: Real, b: Real| finite(a * b);
        /// `real div real`; null if the quotient is not finite.
        DivideReal "div_real" (DOUBLE, DOUBLE) -> DOUBLE: |a: Real, b: Real| finite(a / b);
        /// `real mod real`: `a - trunc(a / b) * b`.
        ModuloReal "mod_real" (DOUBLE, DOUBLE) -> DOUBLE: |a: Real, b: Real| real_remainder(a, b);
        /// `date add duration`; null if there is no such date.
        AddTime "add_time" (INSTANT | DATE, DURATION) -> INSTANT:
            |a: Integer, b: Integer| a.checked_add(b).and_then(instant);
        /// `date sub duration`; null if there is no such date.
        SubtractTime "sub_time" (INSTANT | DATE, DURATION) -> INSTANT:
            |a: Integer, b: Integer| a.checked_sub(b).and_then(instant);
        /// `flags has members`: whether all the members are set.
        Has "has" (INTEGER, INTEGER) -> BOOLEAN: |flags: Integer, members: Integer| flags & members == members;
        /// An integer as a double.
        RealOfInteger "real_of_integer" (INTEGER) -> DOUBLE: |number: Integer| number as f64;
        /// A double without its fraction.
        IntegerOfReal "integer_of_real" (DOUBLE) -> INTEGER: |number: Real| integer_of_real(number);
        /// The integer that a text spells.
        IntegerOfText "integer_of_text" (STRING) -> INTEGER: |text: Text| integer_of_text(text);
        /// The digits of an integer.
        TextOfInteger "text_of_integer" (INTEGER) -> STRING: |number: Integer| number.to_string();
        /// The text `true` or `false`.
        TextOfBoolean "text_of_boolean" (BOOLEAN) -> STRING: |flag: Integer| (flag != 0).to_string();
        /// The double that a text spells.
        RealOfText "real_of_text" (STRING) -> DOUBLE: |text: Text| real_of_text(text);
        /// A double's digits, without exponent: of 15, 16 and 17 significant ones the first that lead back to it.
        TextOfReal "text_of_real" (DOUBLE) -> STRING: |number: Real| text_of_real(number);
        /// An integer that has 32 bits; null for any other.
        Integer32 "integer32" (INTEGER) -> INTEGER: |number: Integer| i32::try_from(number).ok().map(i64::from);
    }
}

#[cfg(test)]
mod tests {
    use super::{Function, Scalar};
    use crate::expression::value_type::ValueType;

    /// A scalar of the kind that values of a type are kept as.
    fn sample(of_type: ValueType) -> Scalar {
        match of_type {
            ValueType::STRING => Scalar::Text("1".into()),
            ValueType::DOUBLE => Scalar::Real(1.0),
            _ => Scalar::Integer(1),
        }
    }

    #[test]
    fn every_evaluator_takes_and_gives_what_the_table_says() {
        for function in Function::ALL {
            let choices = function.parameters().iter().map(|types| types.len()).max();
            for choice in 0..choices.expect("no function is without operands") {
                let of_type = |types: &&[ValueType]| types.get(choice).copied().unwrap_or(types[0]);
                let operands: Vec<Scalar> =
                    function.parameters().iter().map(|types| sample(of_type(types))).collect();
                let result = function.apply(&operands).map(|result| std::mem::discriminant(&result));
                let expected = std::mem::discriminant(&sample(function.result()));
                assert_eq!(result, Some(expected), "{function:?} of {operands:?}");
            }
        }
    }

    #[test]
    fn a_name_and_a_count_of_operands_lead_to_one_function() {
        for (at, function) in Function::ALL.iter().enumerate() {
            let same = |other: &Function| {
                other.name() == function.name() && other.parameters().len() == function.parameters().len()
            };
            assert!(!Function::ALL[..at].iter().any(same), "{function:?}");
        }
    }
}
