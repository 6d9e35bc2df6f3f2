//! The tree that a membership rule is parsed into: pure data.

/// The number of characters that a rule may have, as documented.
pub(crate) const RULE_CHARACTERS_MAX: usize = 3_072;

/// A membership rule, or a part of one: a condition on a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MembershipRule {
    /// Both conditions hold.
    And(Box<MembershipRule>, Box<MembershipRule>),
    /// At least one condition holds.
    Or(Box<MembershipRule>, Box<MembershipRule>),
    /// The condition does not hold.
    Not(Box<MembershipRule>),
    /// A comparison of a property of the device, or of an item.
    Comparison(LeftOperand, Operator, RightOperand),
    /// A condition on the items of a property that has many.
    Items(Quantity, Attribute, Box<MembershipRule>),
}

/// The left side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftOperand {
    /// A property of the device.
    Attribute(Attribute),
    /// `_`, an item of the property that the condition is about.
    Item,
}

/// The number of items for which a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// `-any`: for at least one.
    Any,
    /// `-all`: for each.
    All,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RightOperand {
    /// `null`, for a property without a value.
    Null,
    /// `true` or `false`, without quotes.
    Boolean(bool),
    /// A text in quotes.
    Text(Box<str>),
    /// A list of texts, such as `["a", "b"]`.
    List(Vec<Box<str>>),
}

/// Declares an enumeration whose members go by a name, which is read without regard to case.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($member:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($member,)* }

        impl $name {
            /// All members, in their order.
            pub(crate) const ALL: &[$name] = &[$($name::$member,)*];

            /// The name that rules have for the member.
            pub(crate) fn name(self) -> &'static str {
                match self { $($name::$member => $text,)* }
            }

            /// The member with a name.
            pub(crate) fn named(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(name))
            }
        }
    };
}

named! {
    /// An operator of a comparison.
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
    /// A property of a device that rules can name.
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
    /// The operator that is true exactly where this one is false; none of an operator that is not negative.
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
