//! Filters, orders and works drawn at random, always the same for a seed.

use odata::Value;
use odata::date_time::Ticks;
use odata::edm::Model;

use crate::support::*;

const TEXTS: [&str; 19] = [
    "",
    "a",
    "b",
    "ab",
    "Ba",
    "a%_\\",
    "ü",
    "\u{d7ff}",
    "\u{10ffff}",
    "a\u{10ffff}b",
    " a ",
    "ÀÉß",
    "ǅ",
    "12",
    "-7",
    "it's",
    "1.5",
    "-2e-3",
    "7e999",
];
const PATTERNS: [&str; 12] =
    ["a", "^a", "b$", "^[ab]+$", "a.*b", "(?i)A", "[^a]", "^.?$", "\\d+", "\\w{2,3}", "^$|ü", "\\s"];
/// The ticks of 2000-01-01T00:00:00Z.
const MILLENNIUM: i64 = 630_822_816_000_000_000;

/// A source of choices.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed)
    }

    /// A number below a bound (splitmix64).
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % bound
    }

    fn of<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        choices[self.below(choices.len())]
    }

    pub fn plain_text(&mut self) -> &'static str {
        self.of(&TEXTS)
    }

    pub fn pattern(&mut self) -> &'static str {
        self.of(&PATTERNS)
    }

    pub fn text_or_null(&mut self) -> Value {
        if self.below(5) == 0 { Value::Null } else { text(self.plain_text()) }
    }

    fn or_null(&mut self, value: Value) -> Value {
        if self.below(5) == 0 { Value::Null } else { value }
    }

    /// The properties of a work.
    pub fn work(&mut self, model: &Model) -> Vec<(&'static str, Value)> {
        let pages = [0, 1, 2, 3, -2, 7, 2_147_483_647, -2_147_483_648][self.below(8)];
        let rating = [0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e300, 1e-300, 3.0][self.below(9)];
        let day = 864_000_000_000;
        let published =
            [0, MILLENNIUM, MILLENNIUM + 12_345_678_901, MILLENNIUM + 59 * day, 3_155_378_975_999_999_999];
        let loan = [0, 10_000_000, -day, 36 * day / 10, i64::MAX][self.below(5)];
        let shelf_or_null = |draw: &mut Draw| match draw.below(4) {
            0 => Value::Null,
            _ => shelf(model, draw.plain_text()),
        };
        let tags = (0..self.below(4)).map(|_| text(self.plain_text())).collect();
        let shelves = (0..self.below(3)).map(|_| shelf(model, self.plain_text())).collect();
        vec![
            ("title", self.text_or_null()),
            ("note", self.text_or_null()),
            ("signature", self.text_or_null()),
            ("published", Value::DateTimeOffset(Ticks(published[self.below(5)]))),
            ("genre", Value::Enum(self.below(4) as i64)),
            ("lent", Value::Boolean(self.below(2) == 0)),
            ("pages", self.or_null(Value::Int(pages))),
            ("rating", self.or_null(Value::Double(rating))),
            ("loan", self.or_null(Value::Duration(loan))),
            ("shelf", shelf_or_null(self)),
            ("tags", Value::Collection(tags)),
            ("shelves", Value::Collection(shelves)),
        ]
    }

    /// Something to sort by.
    pub fn order(&mut self) -> String {
        let keys: Vec<String> = (0..1 + self.below(3)).map(|_| self.order_key()).collect();
        keys.join(",")
    }

    fn order_key(&mut self) -> String {
        let key = match self.below(7) {
            0 => self.text(1),
            1 => self.integer(1),
            2 => self.real(1),
            3 => self.instant(1),
            4 => "tags/$count".to_owned(),
            5 => self.of(&["author/name", "copies/$count", "author/works/$count"]).to_owned(),
            _ => self.of(&["title", "note", "pages", "genre", "lent", "rating", "shelf/room"]).to_owned(),
        };
        key + self.of(&["", " desc", " asc"])
    }

    /// The text to search for.
    pub fn search(&mut self, depth: usize) -> String {
        if depth > 0 && self.below(2) == 0 {
            let (a, b) = (self.search(depth - 1), self.search(depth - 1));
            return match self.below(4) {
                0 => format!("({a}) AND ({b})"),
                1 => format!("({a}) OR ({b})"),
                2 => format!("{a} {b}"),
                _ => format!("NOT ({a})"),
            };
        }
        match self.plain_text().trim() {
            "" => "12".to_owned(),
            term => format!("\"{term}\""),
        }
    }

    /// A truth value.
    pub fn boolean(&mut self, depth: usize) -> String {
        if depth > 0 && self.below(2) == 0 {
            let (a, b) = (self.boolean(depth - 1), self.boolean(depth - 1));
            return match self.below(6) {
                0 | 1 => format!("({a}) and ({b})"),
                2 | 3 => format!("({a}) or ({b})"),
                4 => format!("not ({a})"),
                _ => format!("({a}) eq ({b})"),
            };
        }
        match self.below(17) {
            14 => format!("case({})", self.pairs(depth, Draw::boolean)),
            15 | 16 => self.inclusion(),
            0 | 1 => self.comparison(depth, Draw::text),
            2 | 3 => self.comparison(depth, Draw::integer),
            4 => self.comparison(depth, Draw::real),
            5 => self.comparison(depth, Draw::instant),
            6 => self.comparison(depth, Draw::duration),
            7 => {
                let function = self.of(&["contains", "startswith", "endswith"]);
                format!("{function}({},{})", self.text(depth), self.text(0))
            }
            8 => format!("matchesPattern({},'{}')", self.text(depth), self.of(&PATTERNS)),
            9 => self
                .of(&["lent", "true", "genre has '1'", "shelf eq null", "author eq null", "pages ne null"])
                .to_owned(),
            10 => self.membership(),
            11 | 12 => self.collection(depth),
            _ => format!("genre {} '{}'", self.comparator(), self.below(4)),
        }
    }

    /// The pairs of a `case(`.
    fn pairs(&mut self, depth: usize, value: fn(&mut Draw, usize) -> String) -> String {
        let below = depth.saturating_sub(1);
        let pairs = (0..1 + self.below(3)).map(|_| {
            let condition = if self.below(6) == 0 { "true".to_owned() } else { self.boolean(below) };
            let value = if self.below(6) == 0 { "null".to_owned() } else { value(self, below) };
            format!("{condition}:{value}")
        });
        pairs.collect::<Vec<_>>().join(",")
    }

    fn inclusion(&mut self) -> String {
        let function = self.of(&["hassubset", "hassubsequence"]);
        let (whole, part) = match self.below(4) {
            0 => (self.list(4), "tags".to_owned()),
            1 => ("tags".to_owned(), "tags".to_owned()),
            2 => (self.list(3), self.list(2)),
            _ => ("tags".to_owned(), self.list(3)),
        };
        format!("{function}({whole},{part})")
    }

    fn list(&mut self, most: usize) -> String {
        let items: Vec<String> = (0..self.below(most)).map(|_| self.quoted()).collect();
        format!("[{}]", items.join(","))
    }

    fn comparator(&mut self) -> &'static str {
        self.of(&["eq", "ne", "gt", "ge", "lt", "le"])
    }

    fn comparison(&mut self, depth: usize, side: fn(&mut Draw, usize) -> String) -> String {
        let (left, comparator) = (side(self, depth), self.comparator());
        let right = if self.below(8) == 0 { "null".to_owned() } else { side(self, depth) };
        format!("{left} {comparator} {right}")
    }

    fn membership(&mut self) -> String {
        let list: Vec<String> = (0..self.below(4)).map(|_| self.literal_or_null()).collect();
        match self.below(3) {
            0 => format!("{} in tags", self.text(0)),
            _ => format!("{} in ({})", self.text_path(), list.join(",")),
        }
    }

    fn literal_or_null(&mut self) -> String {
        if self.below(5) == 0 { "null".to_owned() } else { self.quoted() }
    }

    fn collection(&mut self, depth: usize) -> String {
        let quantifier = self.of(&["any", "all"]);
        let part = self.quoted();
        match self.below(8) {
            0 => format!("tags/{quantifier}(t: t {} {part})", self.comparator()),
            1 => format!("tags/{quantifier}(t: contains(title,t))"),
            2 => format!("shelves/{quantifier}(s: s/room eq {part} or s/room eq title)"),
            3 => format!("shelves/any(s: tags/{quantifier}(t: t eq s/room))"),
            4 => format!(
                "copies/{quantifier}(c: c/condition {} {})",
                self.comparator(),
                self.text(depth.min(1))
            ),
            5 => "tags/any()".to_owned(),
            6 => format!("author/works/{quantifier}(w: w/pages gt pages)"),
            _ => format!("copies/$count($filter=condition eq {part}) ge {}", self.below(2)),
        }
    }

    fn quoted(&mut self) -> String {
        format!("'{}'", self.plain_text().replace('\'', "''"))
    }

    fn text_path(&mut self) -> String {
        self.of(&["title", "note", "signature", "shelf/room", "id", "isbn", "author/name"]).to_owned()
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) == 0 {
            return if self.below(2) == 0 {
                self.quoted()
            } else {
                self.of(&["title", "note", "signature", "shelf/room"]).to_owned()
            };
        }
        let inner = self.text(depth - 1);
        match self.below(11) {
            8 => format!("cast({},Edm.String)", self.real(depth - 1)),
            9 | 10 => format!("case({})", self.pairs(depth, Draw::text)),
            0 => format!("tolower({})", if self.below(2) == 0 { "signature".to_owned() } else { inner }),
            1 => format!("toupper({inner})"),
            2 => format!("trim({inner})"),
            3 => format!("concat({inner},{})", self.text(depth - 1)),
            4 => format!("substring({inner},{})", self.integer(0)),
            5 => format!("substring({inner},{},{})", self.integer(0), self.integer(0)),
            6 => format!("cast({},Edm.String)", self.integer(depth - 1)),
            _ => self.text_path(),
        }
    }

    fn integer(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self
                .of(&[
                    "pages",
                    "0",
                    "1",
                    "2",
                    "-1",
                    "3",
                    "9223372036854775807",
                    "tags/$count",
                    "-9223372036854775808",
                ])
                .to_owned();
        }
        let inner = self.integer(depth - 1);
        let part = self.of(&["year", "month", "day", "hour", "minute", "second"]);
        match self.below(9) {
            8 => format!("case({})", self.pairs(depth, Draw::integer)),
            0 => format!("length({})", self.text(depth - 1)),
            1 => format!("indexof({},{})", self.text(depth - 1), self.text(0)),
            2 => format!("{part}({})", self.instant(depth - 1)),
            3 => format!("cast({},Edm.Int32)", self.text(depth - 1)),
            4 => format!("cast({},Edm.Int64)", self.real(depth - 1)),
            5 => format!("-({inner})"),
            _ => {
                let operator = self.of(&["add", "sub", "mul", "div", "mod"]);
                format!("({inner} {operator} {})", self.integer(depth - 1))
            }
        }
    }

    fn real(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self.of(&["rating", "0.5", "-1.5", "2.0", "1e300", "1e-300", "rating"]).to_owned();
        }
        let inner = self.real(depth - 1);
        match self.below(10) {
            7 => format!("case({})", self.pairs(depth, Draw::real)),
            8 => format!("cast({},Edm.Double)", self.text(depth - 1)),
            9 => format!("cast(cast({inner},Edm.String),Edm.Double)"),
            0 => format!("{}({inner})", self.of(&["round", "floor", "ceiling"])),
            1 => format!("({} divby {})", self.integer(depth - 1), self.integer(depth - 1)),
            2 => format!("fractionalseconds({})", self.instant(depth - 1)),
            3 => format!("totalseconds({})", self.duration(depth - 1)),
            4 => format!("cast({},Edm.Double)", self.integer(depth - 1)),
            _ => {
                let operator = self.of(&["add", "sub", "mul", "div", "mod"]);
                format!("({inner} {operator} {})", self.real(depth - 1))
            }
        }
    }

    fn instant(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(2) == 0 {
            return self
                .of(&[
                    "published",
                    "published",
                    "2000-01-01T00:20:34.5Z",
                    "now()",
                    "maxdatetime()",
                    "mindatetime()",
                ])
                .to_owned();
        }
        let operator = self.of(&["add", "sub"]);
        format!("({} {operator} {})", self.instant(depth - 1), self.duration(depth - 1))
    }

    fn duration(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self.of(&["loan", "duration'P1D'", "duration'-PT1.5S'", "loan"]).to_owned();
        }
        let inner = self.duration(depth - 1);
        match self.below(5) {
            0 => format!("({} sub {})", self.instant(depth - 1), self.instant(depth - 1)),
            1 => format!("({inner} mul {})", self.integer(0)),
            2 => format!("({inner} div {})", self.integer(0)),
            3 => format!("(-{inner})"),
            _ => format!("({inner} add {})", self.duration(depth - 1)),
        }
    }
}
