//! The numbers of errors: each stage that a request passes has a range of its own, and each error in it a number and a
//! name that do not change. The table of all is in docs/errors.md, and a test holds it to the source.

/// The number of an error, in the range of the stage that finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

/// A code as it is shown and documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeEntry {
    /// The number, as in the table of docs/errors.md.
    pub code: Code,
    /// The name, as in `innerError.code`.
    pub name: &'static str,
    /// The condition under which it is given, for the table.
    pub meaning: &'static str,
}

/// Declares codes as constants, and all of them as `ALL`.
#[macro_export]
macro_rules! codes {
    ($($constant:ident = $number:literal $name:literal: $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: $crate::code::Code = $crate::code::Code($number);)*

        /// Every code that is declared here.
        pub const ALL: &[$crate::code::CodeEntry] = &[$(
            $crate::code::CodeEntry { code: $constant, name: $name, meaning: $meaning },
        )*];
    };
}

codes! {
    MALFORMED_PATH = 2001 "MalformedPath": "the path cannot be parsed; the message gives the position";
    UNKNOWN_VERSION = 2002 "UnknownVersion": "the API version does not exist";

    UNKNOWN_SEGMENT = 3001 "UnknownSegment": "the model has no such set, property, navigation or operation there";
    MALFORMED_ARGUMENT = 3002 "MalformedArgument": "a key or an argument of a function does not fit";
    NOT_IMPLEMENTED = 3003 "NotImplemented": "the API has it, but this server does not implement it";
    METHOD_NOT_ALLOWED = 3004 "MethodNotAllowed": "the resource does not take this method";

    MALFORMED_OPTION = 4001 "MalformedOption": "a query option does not follow its grammar or fit the model";
    UNKNOWN_OPTION = 4002 "UnknownOption": "the query option does not exist";
    UNFIT_OPTION = 4003 "UnfitOption": "the query option does not apply to the resource";
    REPEATED_OPTION = 4004 "RepeatedOption": "the query option is given twice";
    UNKNOWN_NAME = 4005 "UnknownName": "an option names a property, function or type that does not exist";
    SECRET_IN_OPTION = 4006 "SecretInOption": "an option names a secret, which is refused";
    UNIMPLEMENTED_OPTION = 4007 "UnimplementedOption": "OData has the option, but this server does not implement it";

    MALFORMED_BODY = 6001 "MalformedBody": "the body is not JSON, or not in the shape that the operation takes";

    INVALID_VALUE = 7001 "InvalidValue": "a value does not fit the type of its property";
    UNKNOWN_PROPERTY = 7002 "UnknownProperty": "the type has no such property";
    UNKNOWN_MEMBER = 7003 "UnknownMember": "the enumeration has no such member";
    NULL_VALUE = 7004 "NullValue": "the property must not be null";
    LONG_VALUE = 7005 "LongValue": "the value is longer than its property allows";
    UNKNOWN_TYPE = 7006 "UnknownType": "the type that the body names does not fit";
    UNKNOWN_PARAMETER = 7007 "UnknownParameter": "the operation has no such parameter";
}
