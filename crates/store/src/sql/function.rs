//! Functions and arithmetic in SQL. SQLite calls back into [`Function::apply`]; PostgreSQL has expressions of its own,
//! or functions that are made when the store opens. Both yield what the evaluator yields, null included.

use odata::query::function::{TICKS_PER_DAY, lower, upper};
use odata::query::{Function, Inclusion, pattern};

use super::dialect::Dialect;
use super::value::SchemaStep;

/// The beginning of the names of the functions that are made here.
const PREFIX: &str = "muster_";

/// The name that SQLite knows a function by.
pub(crate) fn name(function: Function) -> String {
    format!("{PREFIX}{}", function.name())
}

/// The name that both databases know `hassubset` and `hassubsequence` by.
pub(crate) fn inclusion(inclusion: Inclusion) -> String {
    format!("{PREFIX}{}", inclusion.name())
}

impl Dialect {
    /// A call that yields a value.
    pub fn call(self, function: Function, arguments: &[String]) -> String {
        match (function, arguments) {
            (Function::Length, [text]) => format!("length({text})"),
            (Function::Concat, [left, right]) => format!("({left} || {right})"),
            (Function::Hour, [ticks]) => format!("({ticks} / 36000000000 % 24)"),
            (Function::Minute, [ticks]) => format!("({ticks} / 600000000 % 60)"),
            (Function::Second, [ticks]) => format!("({ticks} / 10000000 % 60)"),
            (Function::Date, [ticks]) => format!("({ticks} / {TICKS_PER_DAY} * {TICKS_PER_DAY})"),
            (Function::Time, [ticks]) => format!("({ticks} % {TICKS_PER_DAY})"),
            (_, arguments) if self == Dialect::Postgres => postgres(function, arguments),
            (_, arguments) => format!("{}({})", name(function), arguments.join(",")),
        }
    }

    /// A pattern that the parser has accepted, as the database spells it; None for one that it has not.
    pub fn pattern(self, pattern: &str) -> Option<String> {
        match self {
            Dialect::Sqlite => Some(pattern.to_owned()),
            Dialect::Postgres => pattern::to_posix(pattern).ok(),
        }
    }

    /// Whether a text matches a pattern.
    pub fn matches(self, text: &str, pattern: &str) -> String {
        match self {
            Dialect::Sqlite => format!("{}({text},{pattern})", name(Function::MatchesPattern)),
            Dialect::Postgres => format!("({text} ~ {pattern})"),
        }
    }
}

fn postgres(function: Function, arguments: &[String]) -> String {
    let date_part = |part: &str, ticks: &String| {
        format!("extract({part} from date '0001-01-01' + ({ticks} / {TICKS_PER_DAY})::int)::bigint")
    };
    match (function, arguments) {
        (Function::Year, [ticks]) => date_part("year", ticks),
        (Function::Month, [ticks]) => date_part("month", ticks),
        (Function::Day, [ticks]) => date_part("day", ticks),
        (Function::FractionalSeconds, [ticks]) => {
            format!("(({ticks} % 10000000)::double precision / 10000000)")
        }
        (Function::TotalSeconds, [ticks]) => format!("(({ticks})::double precision / 10000000)"),
        (Function::IndexOf, [text, part]) => format!("(strpos({text},{part}) - 1)::bigint"),
        (Function::Trim, [text]) => format!("btrim({text},{WHITE_SPACE})"),
        (Function::Floor, [number]) => format!("floor({number})"),
        (Function::Ceiling, [number]) => format!("ceil({number})"),
        (Function::RealOfInteger, [number]) => format!("({number})::double precision"),
        (Function::TextOfInteger, [number]) => format!("(({number})::text collate \"C\")"),
        (Function::TextOfBoolean, [flag]) => format!("(({flag} <> 0)::text collate \"C\")"),
        (Function::Substring, [text, start]) => {
            format!("{}({text},{start},{})", name(Function::SubstringOf), i64::MAX)
        }
        (function, arguments) => format!("{}({})", name(function), arguments.join(",")),
    }
}

/// The characters that Unicode counts as white space.
const WHITE_SPACE: &str = "U&'\\0009\\000A\\000B\\000C\\000D\\0020\\0085\\00A0\\1680\\2000\\2001\\2002\\2003\\2004\\2005\
    \\2006\\2007\\2008\\2009\\200A\\2028\\2029\\202F\\205F\\3000'";

/// Makes PostgreSQL's functions. Arithmetic is done in `numeric`, which has room; doubles raise an error where they
/// have none, which is caught.
pub(crate) fn create(dialect: Dialect) -> Vec<SchemaStep> {
    if dialect == Dialect::Sqlite {
        return Vec::new();
    }
    let mut functions: Vec<String> =
        FUNCTIONS.iter().map(|(header, body)| definition(header, body)).collect();
    for (name, case) in [("lower", lower as fn(char) -> char), ("upper", upper)] {
        let pairs = ('\u{80}'..=char::MAX).map(|from| (from, case(from))).filter(|(from, to)| from != to);
        let (from, to): (String, String) = pairs.unzip();
        // Characters of ASCII alone, or each by itself.
        let body = format!(
            "begin if octet_length(a) = length(a) then return {name}(a collate \"C\"); end if; \
             return translate({name}(a collate \"C\"), '{from}', '{to}'); end"
        );
        functions.push(definition(&format!("to{name}(a text) returns text"), &body));
    }
    // One statement is one commit.
    let text = format!("do $functions$ begin {} end $functions$", functions.concat());
    vec![SchemaStep { text, parameters: Vec::new() }]
}

fn definition(header: &str, body: &str) -> String {
    let attributes = "language plpgsql immutable strict";
    format!("create or replace function {PREFIX}{header} {attributes} as $body$ {body} $body$; ")
}

const FUNCTIONS: [(&str, &str); 23] = [
    (
        "integer(a numeric) returns bigint",
        "begin return case when a between -9223372036854775808 and 9223372036854775807 then a::bigint end; end",
    ),
    ("add(a bigint, b bigint) returns bigint", "begin return muster_integer(a::numeric + b); end"),
    ("sub(a bigint, b bigint) returns bigint", "begin return muster_integer(a::numeric - b); end"),
    ("mul(a bigint, b bigint) returns bigint", "begin return muster_integer(a::numeric * b); end"),
    (
        "div(a bigint, b bigint) returns bigint",
        "begin return case when b <> 0 then muster_integer(div(a::numeric, b::numeric)) end; end",
    ),
    ("mod(a bigint, b bigint) returns bigint", "begin return case when b <> 0 then a % b end; end"),
    (
        "add_time(a bigint, b bigint) returns bigint",
        "declare r numeric := a::numeric + b; \
         begin return case when r between 0 and 3155378975999999999 then r::bigint end; end",
    ),
    (
        "sub_time(a bigint, b bigint) returns bigint",
        "declare r numeric := a::numeric - b; \
         begin return case when r between 0 and 3155378975999999999 then r::bigint end; end",
    ),
    (
        "finite(a double precision) returns double precision",
        "begin return case when a > '-Infinity' and a < 'Infinity' then a end; end",
    ),
    (
        "add_real(a double precision, b double precision) returns double precision",
        "begin return muster_finite(a + b); exception when numeric_value_out_of_range then return null; end",
    ),
    (
        "sub_real(a double precision, b double precision) returns double precision",
        "begin return muster_finite(a - b); exception when numeric_value_out_of_range then return null; end",
    ),
    // Too large is null, too small is zero.
    (
        "mul_real(a double precision, b double precision) returns double precision",
        "begin return muster_finite(a * b); exception when numeric_value_out_of_range then \
         return case when abs(a) > 1 and abs(b) > 1 then null else 0 end; end",
    ),
    (
        "div_real(a double precision, b double precision) returns double precision",
        "begin return case when b <> 0 then muster_finite(a / b) end; exception when numeric_value_out_of_range \
         then return case when abs(a) < abs(b) then 0 end; end",
    ),
    (
        "mod_real(a double precision, b double precision) returns double precision",
        "begin return muster_sub_real(a, muster_mul_real(trunc(muster_div_real(a, b)), b)); end",
    ),
    (
        "round(a double precision) returns double precision",
        "begin return case when abs(a - trunc(a)) >= 0.5 then trunc(a) + sign(a) else trunc(a) end; end",
    ),
    (
        "integer_of_real(a double precision) returns bigint",
        "begin return case when a >= -9223372036854775808.0 and a < 9223372036854775808.0 then trunc(a)::bigint \
         end; end",
    ),
    (
        "integer_of_text(a text) returns bigint",
        "begin return case when a ~ '^[-+]?[0-9]{1,30}$' then muster_integer(a::numeric) end; end",
    ),
    // Too large is null, too small is zero.
    (
        "real_of_text(a text) returns double precision",
        "begin return case when a ~ '^[-+]?[0-9]{1,30}([.][0-9]{1,30})?([eE][-+]?[0-9]{1,3})?$' \
         then a::double precision end; exception when numeric_value_out_of_range then \
         return case when abs(a::numeric) < 1 then 0 end; end",
    ),
    (
        "text_of_real(a double precision) returns text",
        "declare r text; begin if muster_finite(a) is null then return null; end if; \
         for digits in 14..16 loop r := btrim(to_char(a, '9.' || repeat('9', digits) || 'EEEE')); \
         exit when muster_real_of_text(r) = a; end loop; \
         return trim_scale(r::numeric)::text collate \"C\"; end",
    ),
    (
        "hassubset(a json, b json) returns int",
        "begin return (not exists (select 1 from (select item, count(*) as times from \
         jsonb_array_elements(b::jsonb) as item group by item) part left join (select item, count(*) as times \
         from jsonb_array_elements(a::jsonb) as item group by item) whole using (item) \
         where coalesce(whole.times, 0) < part.times))::int; end",
    ),
    (
        "hassubsequence(a json, b json) returns int",
        "declare place int := 0; part jsonb := b::jsonb; item jsonb; begin \
         for item in select value from jsonb_array_elements(a::jsonb) loop \
         if item = part->place then place := place + 1; end if; end loop; \
         return (place = jsonb_array_length(part))::int; end",
    ),
    (
        "integer32(a bigint) returns bigint",
        "begin return case when a between -2147483648 and 2147483647 then a end; end",
    ),
    (
        "substringof(a text, start bigint, length bigint) returns text",
        "declare first bigint := case when start < 0 then greatest(length(a) + start, 0) else start end; \
         begin return case when length <= 0 or first >= length(a) then '' \
         else substr(a, first::int + 1, least(length, length(a))::int) end; end",
    ),
];
