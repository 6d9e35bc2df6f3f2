//! Functions and arithmetic in SQL. SQLite calls the evaluator, but where it has the same itself; for PostgreSQL every
//! function has a text here. All yield what the evaluator yields, null included.

use odata::query::letter_case::{lower, upper};
use odata::query::{Function, Inclusion, pattern};

use super::dialect::{Dialect, arrows, json_path};
use super::value::SchemaStep;
use crate::layout::ColumnKind;

/// The beginning of the names of the functions that are made here.
const PREFIX: &str = "muster_";

/// The name of SQLite's function that says whether a search finds a document: document, slots of its texts, search.
pub(crate) const SEARCH: &str = "muster_search";

/// The name of SQLite's function that gives a key as text.
pub(crate) const KEY: &str = "muster_key";

/// The name of SQLite's function that gives the base64 of a detached binary value.
pub(crate) const DETACHED: &str = "muster_detached";

/// The name of a function in SQLite, and in PostgreSQL if it is made there.
pub(crate) fn name(function: Function) -> String {
    format!("{PREFIX}{}", function.name())
}

/// The name of `hassubset` or `hassubsequence` in both databases.
pub(crate) fn inclusion(inclusion: Inclusion) -> String {
    format!("{PREFIX}{}", inclusion.name())
}

impl Dialect {
    /// The text of a column of keys.
    pub fn key_text(self, key: &str) -> String {
        match self {
            Dialect::Sqlite => format!("{}({key})", KEY),
            Dialect::Postgres => format!(
                "(case get_byte({key},0) when 1 then encode(substr({key},2),'hex')::uuid::text \
                 else convert_from(substr({key},2),'UTF8') end collate \"C\")"
            ),
        }
    }

    /// The base64 of a slot whose bytes may rest in the column `detached`: then a number stands in the document.
    pub fn detached_value(self, detached: &str, document: &str, slot: u16) -> String {
        let within = self.document_value(document, &[slot], Some(ColumnKind::Text));
        match self {
            Dialect::Sqlite => format!(
                "case json_type({document},'{}') when 'integer' then {DETACHED}({detached}) else {within} end",
                json_path(&[slot])
            ),
            // The zeros that were cut off are put at the end again, and the line feeds of the encoding taken out.
            Dialect::Postgres => format!(
                "(case json_typeof({}) when 'number' then translate(encode(substr({detached},5) || \
                 decode(repeat('00',256*get_byte({detached},2)+get_byte({detached},3)+4-length({detached})),'hex'),\
                 'base64'),e'\\n','') else {within} end collate \"C\")",
                arrows(document, &[slot], "->")
            ),
        }
    }

    /// A call; of a function that yields a truth value, as a condition.
    pub fn call(self, function: Function, operands: &[String]) -> String {
        let template = match self {
            Dialect::Sqlite => sqlite(function),
            Dialect::Postgres => match postgres(function) {
                PostgresText::Expression(template) => Some(template),
                PostgresText::Made(..) | PostgresText::LetterCase(..) => None,
            },
        };
        match template {
            Some(template) => filled(template, operands),
            None => format!("{}({})", name(function), operands.join(",")),
        }
    }

    /// A pattern that the parser has accepted, as the database spells it.
    pub fn pattern(self, pattern: &str) -> String {
        match self {
            Dialect::Sqlite => pattern.to_owned(),
            // One that it has not accepted matches nothing.
            Dialect::Postgres => pattern::to_posix(pattern).unwrap_or_else(|_| "(?!)".to_owned()),
        }
    }
}

/// Puts the operands in the places of `{a}`, `{b}` and `{c}`.
fn filled(template: &str, operands: &[String]) -> String {
    let mut text = String::with_capacity(template.len() + operands.iter().map(String::len).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        let operand =
            ["a", "b", "c"].iter().position(|known| *known == place).and_then(|at| operands.get(at));
        text.extend(operand.map(String::as_str));
        rest = after;
    }
    text + rest
}

/// The functions that SQLite has itself, which takes less time than to call back.
fn sqlite(function: Function) -> Option<&'static str> {
    Some(match function {
        Function::Contains => "instr({a},{b}) > 0",
        Function::StartsWith => "substr({a},1,length({b})) = {b}",
        Function::EndsWith => "(length({a}) >= length({b}) and substr({a},length({a})-length({b})+1) = {b})",
        Function::Length => "length({a})",
        Function::Concat => "({a} || {b})",
        Function::Hour => "({a} / 36000000000 % 24)",
        Function::Minute => "({a} / 600000000 % 60)",
        Function::Second => "({a} / 10000000 % 60)",
        Function::Date => "({a} / 864000000000 * 864000000000)",
        Function::Time => "({a} % 864000000000)",
        Function::Has => "(({a} & {b}) = {b})",
        _ => return None,
    })
}

/// What a function is in PostgreSQL.
enum PostgresText {
    /// An expression in which `{a}`, `{b}` and `{c}` stand for the operands.
    Expression(&'static str),
    /// A function that is made when the store opens: its parameters and result, and its body in PL/pgSQL. Arithmetic is
    /// done in `numeric`, which has room; doubles raise an error where they have none, which is caught.
    Made(&'static str, &'static str),
    /// A function that is made when the store opens: PostgreSQL's own for letters of ASCII, and for all others ours.
    LetterCase(&'static str, fn(char) -> char),
}

/// The text of every function in PostgreSQL.
fn postgres(function: Function) -> PostgresText {
    use PostgresText::{Expression, LetterCase, Made};
    match function {
        Function::Contains => Expression("strpos({a},{b}) > 0"),
        Function::StartsWith => Expression("substr({a},1,length({b})) = {b}"),
        Function::EndsWith => {
            Expression("(length({a}) >= length({b}) and substr({a},length({a})-length({b})+1) = {b})")
        }
        Function::MatchesPattern => Expression("({a} ~ {b})"),
        Function::IndexOf => Expression("(strpos({a},{b}) - 1)::bigint"),
        Function::Length => Expression("length({a})"),
        Function::Substring => Expression("muster_substring({a},{b},9223372036854775807)"),
        Function::SubstringOf => Made(
            "(a text, start bigint, length bigint) returns text",
            "declare first bigint := case when start < 0 then greatest(length(a) + start, 0) else start end; \
             begin return case when length <= 0 or first >= length(a) then '' \
             else substr(a, first::int + 1, least(length, length(a))::int) end; end",
        ),
        Function::ToLower => LetterCase("lower", lower),
        Function::ToUpper => LetterCase("upper", upper),
        // Unicode's white space.
        Function::Trim => Expression(
            "btrim({a},U&'\\0009\\000A\\000B\\000C\\000D\\0020\\0085\\00A0\\1680\\2000\\2001\\2002\\2003\\2004\\2005\
             \\2006\\2007\\2008\\2009\\200A\\2028\\2029\\202F\\205F\\3000')",
        ),
        Function::Concat => Expression("({a} || {b})"),
        Function::Year => {
            Expression("extract(year from date '0001-01-01' + ({a} / 864000000000)::int)::bigint")
        }
        Function::Month => {
            Expression("extract(month from date '0001-01-01' + ({a} / 864000000000)::int)::bigint")
        }
        Function::Day => {
            Expression("extract(day from date '0001-01-01' + ({a} / 864000000000)::int)::bigint")
        }
        Function::Hour => Expression("({a} / 36000000000 % 24)"),
        Function::Minute => Expression("({a} / 600000000 % 60)"),
        Function::Second => Expression("({a} / 10000000 % 60)"),
        Function::FractionalSeconds => Expression("(({a} % 10000000)::double precision / 10000000)"),
        Function::Date => Expression("({a} / 864000000000 * 864000000000)"),
        Function::Time => Expression("({a} % 864000000000)"),
        Function::TotalSeconds => Expression("(({a})::double precision / 10000000)"),
        Function::TotalOffsetMinutes => Expression("({a} * 0)"),
        Function::Round => Made(
            "(a double precision) returns double precision",
            "begin return case when abs(a - trunc(a)) >= 0.5 then trunc(a) + sign(a) else trunc(a) end; end",
        ),
        Function::Floor => Expression("floor({a})"),
        Function::Ceiling => Expression("ceil({a})"),
        Function::Add => {
            Made("(a bigint, b bigint) returns bigint", "begin return muster_integer(a::numeric + b); end")
        }
        Function::Subtract => {
            Made("(a bigint, b bigint) returns bigint", "begin return muster_integer(a::numeric - b); end")
        }
        Function::Multiply => {
            Made("(a bigint, b bigint) returns bigint", "begin return muster_integer(a::numeric * b); end")
        }
        Function::Divide => Made(
            "(a bigint, b bigint) returns bigint",
            "begin return case when b <> 0 then muster_integer(div(a::numeric, b::numeric)) end; end",
        ),
        Function::Modulo => {
            Made("(a bigint, b bigint) returns bigint", "begin return case when b <> 0 then a % b end; end")
        }
        Function::AddReal => Made(
            "(a double precision, b double precision) returns double precision",
            "begin return muster_finite(a + b); exception when numeric_value_out_of_range then return null; end",
        ),
        Function::SubtractReal => Made(
            "(a double precision, b double precision) returns double precision",
            "begin return muster_finite(a - b); exception when numeric_value_out_of_range then return null; end",
        ),
        // Too large is null, too small is zero.
        Function::MultiplyReal => Made(
            "(a double precision, b double precision) returns double precision",
            "begin return muster_finite(a * b); exception when numeric_value_out_of_range then \
             return case when abs(a) > 1 and abs(b) > 1 then null else 0 end; end",
        ),
        // Too large is null, too small is zero.
        Function::DivideReal => Made(
            "(a double precision, b double precision) returns double precision",
            "begin return case when b <> 0 then muster_finite(a / b) end; exception when numeric_value_out_of_range \
             then return case when abs(a) < abs(b) then 0 end; end",
        ),
        Function::ModuloReal => Made(
            "(a double precision, b double precision) returns double precision",
            "begin return muster_sub_real(a, muster_mul_real(trunc(muster_div_real(a, b)), b)); end",
        ),
        Function::AddTime => Made(
            "(a bigint, b bigint) returns bigint",
            "declare r numeric := a::numeric + b; \
             begin return case when r between 0 and 3155378975999999999 then r::bigint end; end",
        ),
        Function::SubtractTime => Made(
            "(a bigint, b bigint) returns bigint",
            "declare r numeric := a::numeric - b; \
             begin return case when r between 0 and 3155378975999999999 then r::bigint end; end",
        ),
        Function::Has => Expression("(({a} & {b}) = {b})"),
        Function::RealOfInteger => Expression("({a})::double precision"),
        Function::IntegerOfReal => Made(
            "(a double precision) returns bigint",
            "begin return case when a >= -9223372036854775808.0 and a < 9223372036854775808.0 then trunc(a)::bigint \
             end; end",
        ),
        Function::IntegerOfText => Made(
            "(a text) returns bigint",
            "begin return case when a ~ '^[-+]?[0-9]{1,30}$' then muster_integer(a::numeric) end; end",
        ),
        Function::TextOfInteger => Expression("(({a})::text collate \"C\")"),
        Function::TextOfBoolean => Expression("(({a} <> 0)::text collate \"C\")"),
        Function::TextOfMember => Expression(
            "(nullif(split_part(split_part({b}, ';' || ({a})::text || '=', 2), ';', 1), '') collate \"C\")",
        ),
        Function::TextOfInstant => Made(
            "(a bigint) returns text",
            "begin return muster_text_of_date(a) || 'T' || muster_text_of_time(a % 864000000000) || 'Z'; end",
        ),
        Function::TextOfDate => Made(
            "(a bigint) returns text",
            "begin return to_char(date '0001-01-01' + (a / 864000000000)::int, 'YYYY-MM-DD') collate \"C\"; end",
        ),
        Function::TextOfTime => Made(
            "(a bigint) returns text",
            "begin return (lpad((a / 36000000000)::text, 2, '0') || ':' || lpad((a / 600000000 % 60)::text, 2, '0') \
             || ':' || lpad((a / 10000000 % 60)::text, 2, '0') || case when a % 10000000 = 0 then '' \
             else rtrim('.' || lpad((a % 10000000)::text, 7, '0'), '0') end) collate \"C\"; end",
        ),
        Function::BooleanOfText => {
            Expression("(case lower({a}) when 'true' then true when 'false' then false end)")
        }
        // Too large is null, too small is zero.
        Function::RealOfText => Made(
            "(a text) returns double precision",
            "begin return case when a ~ '^[-+]?[0-9]{1,30}([.][0-9]{1,30})?([eE][-+]?[0-9]{1,3})?$' \
             then a::double precision end; exception when numeric_value_out_of_range then \
             return case when abs(a::numeric) < 1 then 0 end; end",
        ),
        Function::TextOfReal => Made(
            "(a double precision) returns text",
            "declare r text; begin if muster_finite(a) is null then return null; end if; \
             for digits in 14..16 loop r := btrim(to_char(a, '9.' || repeat('9', digits) || 'EEEE')); \
             exit when muster_real_of_text(r) = a; end loop; \
             return trim_scale(r::numeric)::text collate \"C\"; end",
        ),
        Function::Integer32 => Made(
            "(a bigint) returns bigint",
            "begin return case when a between -2147483648 and 2147483647 then a end; end",
        ),
    }
}

/// Functions that the functions above call, and those of collections.
const HELPERS: [(&str, &str); 4] = [
    (
        "integer(a numeric) returns bigint",
        "begin return case when a between -9223372036854775808 and 9223372036854775807 then a::bigint end; end",
    ),
    (
        "finite(a double precision) returns double precision",
        "begin return case when a > '-Infinity' and a < 'Infinity' then a end; end",
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
];

/// Makes PostgreSQL's functions.
pub(crate) fn create(dialect: Dialect) -> Vec<SchemaStep> {
    if dialect == Dialect::Sqlite {
        return Vec::new();
    }
    let helpers = HELPERS.iter().map(|(header, body)| definition(header, body));
    let made = Function::ALL.iter().filter_map(|function| match postgres(*function) {
        PostgresText::Expression(_) => None,
        PostgresText::Made(header, body) => Some(definition(&format!("{}{header}", function.name()), body)),
        PostgresText::LetterCase(own, case) => {
            Some(definition(&format!("{}(a text) returns text", function.name()), &letter_case(own, case)))
        }
    });
    let definitions: String = helpers.chain(made).collect();
    // One statement is one commit.
    let text = format!("do $functions$ begin {definitions} end $functions$");
    vec![SchemaStep { text, parameters: Vec::new() }]
}

fn definition(header: &str, body: &str) -> String {
    let attributes = "language plpgsql immutable strict";
    format!("create or replace function {PREFIX}{header} {attributes} as $body$ {body} $body$; ")
}

/// The body of a function that gives each character its other case: those of ASCII alone, or each by itself.
fn letter_case(own: &str, case: fn(char) -> char) -> String {
    let pairs = ('\u{80}'..=char::MAX).map(|from| (from, case(from))).filter(|(from, to)| from != to);
    let (from, to): (String, String) = pairs.unzip();
    format!(
        "begin if octet_length(a) = length(a) then return {own}(a collate \"C\"); end if; \
         return translate({own}(a collate \"C\"), '{from}', '{to}'); end"
    )
}
