//! Entity, complex and enumeration types (CSDL 4.01, 6, 9 and 10).

use super::{EnumId, NavigationId, PropertyId, TypeId, Version, Versions};

/// Whether a structured type has identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// An entity type; its key is the one string property `id`.
    Entity,
    /// A complex type, whose values have no key.
    Complex,
}

/// An entity or complex type.
#[derive(Clone, Debug)]
pub struct StructuredType {
    /// The id in the model's list of its kind.
    pub id: TypeId,
    /// The namespace, `microsoft.graph` for nearly all.
    pub namespace: Box<str>,
    /// The name without namespace.
    pub name: Box<str>,
    /// Whether it is an entity type or a complex type.
    pub structure: Structure,
    /// The type it derives from. `microsoft.graph.entity` counts as any other.
    pub base: Option<TypeId>,
    /// `Abstract="true"`: no value is of the type itself.
    pub is_abstract: bool,
    /// Every property, inherited ones first; in the order in which they are written.
    pub properties: Vec<PropertyId>,
    /// Every navigation property, inherited ones first.
    pub navigations: Vec<NavigationId>,
    /// The root of its hierarchy: the highest base below `microsoft.graph.entity` (or itself).
    pub root: TypeId,
    /// On a hierarchy's root: itself and all types derived from it, root first; a value's stored discriminator
    /// is its index here. Empty on other types.
    pub hierarchy: Vec<TypeId>,
    /// Number of slots a record of this type's hierarchy has: all properties of all its types (`id` first for
    /// entities), then the keys of single-valued references.
    pub slots: u16,
    /// The versions that show it.
    pub versions: Versions,
    /// The text of `Core.Description`.
    pub description: Option<Box<str>>,
}

impl StructuredType {
    /// The name with its namespace, `namespace.name`.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.namespace, self.name)
    }
}

/// An enumeration type with its members.
#[derive(Clone, Debug)]
pub struct EnumType {
    /// The id in the model's list of its kind.
    pub id: EnumId,
    /// The namespace of its name.
    pub namespace: Box<str>,
    /// The name without namespace.
    pub name: Box<str>,
    /// `IsFlags`: several members at once, comma-separated on the wire.
    pub is_flags: bool,
    /// Members in declared order.
    pub members: Vec<Member>,
    /// The versions that show it.
    pub versions: Versions,
}

/// A member of an enumeration.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name on the wire.
    pub name: Box<str>,
    /// The number that stands for it at rest.
    pub value: i64,
    /// The versions that show it.
    pub versions: Versions,
}

/// The members that stand for those that a version does not show, if the type has one: the one that Graph adds for
/// this, or the
/// one that says nothing.
const SENTINELS: [&str; 2] = ["unknownFutureValue", "unknown"];

impl EnumType {
    /// The name with its namespace, `namespace.name`.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.namespace, self.name)
    }

    /// The number of a wire text: a member's name (case-insensitively, as clients vary it), its number, or for
    /// flags a comma-separated list of these.
    pub fn parse(&self, text: &str) -> Option<i64> {
        if self.is_flags && text.contains(',') {
            return text.split(',').try_fold(0, |sum, part| Some(sum | self.parse_one(part.trim())?));
        }
        self.parse_one(text)
    }

    fn parse_one(&self, text: &str) -> Option<i64> {
        let by_name = self.members.iter().find(|member| member.name.eq_ignore_ascii_case(text));
        let member = by_name.or_else(|| {
            let number: i64 = text.parse().ok()?;
            self.members.iter().find(|member| member.value == number)
        });
        member.map(|member| member.value)
    }

    /// The wire text of a number in a version.
    pub fn shown(&self, value: i64, version: Version) -> Option<String> {
        let printed = self.print(value)?;
        let shows = |name: &str| {
            let member = self.members.iter().find(|member| *member.name == *name);
            member.is_none_or(|member| member.versions.contains(version))
        };
        let sentinel = SENTINELS.into_iter().find(|name| self.parse_one(name).is_some() && shows(name));
        match sentinel {
            Some(sentinel) if !printed.split(',').all(shows) => {
                let shown = printed.split(',').filter(|name| shows(name));
                Some(shown.chain([sentinel]).collect::<Vec<_>>().join(","))
            }
            _ => Some(printed),
        }
    }

    /// The wire text of a number; None if no member or combination of members has it.
    pub fn print(&self, value: i64) -> Option<String> {
        if let Some(member) = self.members.iter().find(|member| member.value == value) {
            return Some(member.name.to_string());
        }
        let set: Vec<&Member> =
            self.members.iter().filter(|m| m.value != 0 && value & m.value == m.value).collect();
        let covered = set.iter().fold(0, |sum, member| sum | member.value);
        (self.is_flags && covered == value)
            .then(|| set.iter().map(|member| &*member.name).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::{EnumType, Member};
    use crate::edm::{EnumId, Version, Versions};

    /// Members numbered 1, 2, 4 and so on; those with a star are shown on beta only.
    fn flags(names: &[&str]) -> EnumType {
        let member = |(at, name): (usize, &&str)| Member {
            name: name.trim_end_matches('*').into(),
            value: 1 << at,
            versions: if name.ends_with('*') { Versions::BETA } else { Versions::BOTH },
        };
        EnumType {
            id: EnumId(0),
            namespace: "library".into(),
            name: "days".into(),
            is_flags: true,
            members: names.iter().enumerate().map(member).collect(),
            versions: Versions::BOTH,
        }
    }

    #[test]
    fn what_a_version_does_not_show_has_one_name() {
        for (names, value, shown) in [
            (&["a", "b*", "unknownFutureValue"][..], 1, "a"),
            (&["a", "b*", "unknownFutureValue"], 2, "unknownFutureValue"),
            (&["a", "b*", "unknownFutureValue"], 3, "a,unknownFutureValue"),
            (&["unknown", "b*"], 2, "unknown"),
            // Graph cannot have added it: there is nothing to hide it behind.
            (&["a", "b*"], 2, "b"),
        ] {
            let days = flags(names);
            assert_eq!(days.shown(value, Version::V1).as_deref(), Some(shown), "{names:?} {value}");
            assert_eq!(days.shown(value, Version::Beta), days.print(value), "{names:?} {value}");
        }
    }
}
