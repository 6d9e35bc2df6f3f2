//! The rules of dynamic groups: which devices are members, said in the language of Entra's `membershipRule`.
//!
//! A rule is parsed into a tree ([`parse`]), and the tree made into an expression over a directory device
//! ([`meaning`]): the same that `$filter` is made into. So a rule means one thing, whether a database lists a group's
//! members or a device is looked at in memory.

mod meaning;
mod parse;
mod physical_ids;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use meaning::DeviceProperties;
pub(crate) use parse::parse;

/// Characters of a rule at most, as documented.
pub(crate) const RULE_CHARACTERS_MAX: usize = 3_072;

/// What a rule says of a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Both hold.
    And(Box<Rule>, Box<Rule>),
    /// One holds.
    Or(Box<Rule>, Box<Rule>),
    /// It does not hold.
    Not(Box<Rule>),
    /// A test of a property of the device, or of an item.
    Test(Subject, Operator, Operand),
    /// A test of the items of a property that has many.
    Items(Quantity, Attribute, Box<Rule>),
}

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A property of the device.
    Attribute(Attribute),
    /// `_`: the item.
    Item,
}

/// Of how many items a test must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// `-any`
    Any,
    /// `-all`
    All,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// `"text"`
    Text(Box<str>),
    /// `["a", "b"]`
    List(Vec<Box<str>>),
}

/// Declares an enumeration whose members go by a name, which is read without regard to case.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($member:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($member,)* }

        impl $name {
            /// Every one.
            pub(crate) const ALL: &[$name] = &[$($name::$member,)*];

            /// Its name.
            pub(crate) fn name(self) -> &'static str {
                match self { $($name::$member => $text,)* }
            }

            /// The one of a name.
            pub(crate) fn named(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(name))
            }
        }
    };
}

named! {
    /// How a value is compared.
    Operator {
        Equal "-eq",
        NotEqual "-ne",
        StartsWith "-startsWith",
        NotStartsWith "-notStartsWith",
        EndsWith "-endsWith",
        NotEndsWith "-notEndsWith",
        Contains "-contains",
        NotContains "-notContains",
        Match "-match",
        NotMatch "-notMatch",
        In "-in",
        NotIn "-notIn",
    }
}

named! {
    /// A property of a device, by the name it has in rules.
    Attribute {
        AccountEnabled "accountEnabled",
        DeviceCategory "deviceCategory",
        DeviceId "deviceId",
        DeviceManagementAppId "deviceManagementAppId",
        DeviceManufacturer "deviceManufacturer",
        DeviceModel "deviceModel",
        DeviceOsType "deviceOSType",
        DeviceOsVersion "deviceOSVersion",
        DeviceOwnership "deviceOwnership",
        DevicePhysicalIds "devicePhysicalIds",
        DeviceTrustType "deviceTrustType",
        DisplayName "displayName",
        EnrollmentProfileName "enrollmentProfileName",
        IsRooted "isRooted",
        ManagementType "managementType",
        ObjectId "objectId",
        ProfileType "profileType",
        SystemLabels "systemLabels",
    }
}

impl Attribute {
    /// Whether it has many values.
    pub(crate) fn is_collection(self) -> bool {
        matches!(self, Attribute::DevicePhysicalIds | Attribute::SystemLabels)
    }

    /// Whether it is true or false.
    pub(crate) fn is_boolean(self) -> bool {
        matches!(self, Attribute::AccountEnabled | Attribute::IsRooted)
    }

    /// The property of the entity type that holds it.
    pub(crate) fn property(self) -> &'static str {
        match self {
            Attribute::DeviceManagementAppId => "mdmAppId",
            Attribute::DeviceManufacturer => "manufacturer",
            Attribute::DeviceModel => "model",
            Attribute::DeviceOsType => "operatingSystem",
            Attribute::DeviceOsVersion => "operatingSystemVersion",
            Attribute::DevicePhysicalIds => "physicalIds",
            Attribute::DeviceTrustType => "trustType",
            Attribute::ObjectId => "id",
            same => same.name(),
        }
    }
}

impl Operator {
    /// The operator that it is the contrary of, if it is the contrary of one.
    pub(crate) fn contrary(self) -> Option<Operator> {
        match self {
            Operator::NotEqual => Some(Operator::Equal),
            Operator::NotStartsWith => Some(Operator::StartsWith),
            Operator::NotEndsWith => Some(Operator::EndsWith),
            Operator::NotContains => Some(Operator::Contains),
            Operator::NotMatch => Some(Operator::Match),
            Operator::NotIn => Some(Operator::In),
            _ => None,
        }
    }
}
