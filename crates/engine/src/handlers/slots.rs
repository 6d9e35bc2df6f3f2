//! `slots!`: a struct of slots that is bound to the properties of a type, so that no name is written twice.

/// Declares a struct with a slot for each property, and `new(&Names)`, which looks all of them up when the server starts.
///
/// A field `shelf_room` is the property `shelfRoom`; a property with another name is given after the field.
///
/// ```
/// engine::slots! {
///     /// Where a copy says what.
///     struct CopySlots of COPY {
///         /// The state of its pages.
///         condition,
///         acquired_at = "acquiredDateTime",
///     }
/// }
/// const COPY: &str = "copy";
/// ```
#[macro_export]
macro_rules! slots {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident of $type_name:path {
            $($(#[$about_field:meta])* $field_visibility:vis $field:ident $(= $property:literal)?),* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name {
            $($(#[$about_field])* $field_visibility $field: u16,)*
        }

        impl $name {
            /// Looks up the properties by their names.
            $visibility fn new(
                names: &$crate::handlers::Names<'_>,
            ) -> Result<$name, $crate::handlers::StartError> {
                Ok($name {
                    $($field: names.slot($type_name, &$crate::slots!(@property $field $($property)?))?,)*
                })
            }
        }
    };
    (@property $field:ident) => { $crate::handlers::property_of(stringify!($field)) };
    (@property $field:ident $property:literal) => { $property };
}

/// The property that a field is called after: `shelfRoom` for `shelf_room`.
#[doc(hidden)]
pub fn property_of(field: &str) -> String {
    let mut property = String::with_capacity(field.len());
    let mut is_capital = false;
    for letter in field.chars() {
        match letter {
            '_' => is_capital = true,
            letter if is_capital => {
                property.push(letter.to_ascii_uppercase());
                is_capital = false;
            }
            letter => property.push(letter),
        }
    }
    property
}

#[cfg(test)]
mod tests {
    use super::property_of;

    #[test]
    fn a_field_is_called_after_its_property() {
        for (field, property) in [
            ("note", "note"),
            ("shelf_room", "shelfRoom"),
            ("last_lent_date_time", "lastLentDateTime"),
            ("part_2", "part2"),
        ] {
            assert_eq!(property_of(field), property, "{field}");
        }
    }
}
