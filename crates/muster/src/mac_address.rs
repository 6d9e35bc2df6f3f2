//! The address of a network adapter, as the command line takes it.

/// The address of a network adapter.
#[derive(Clone, Copy)]
pub struct MacAddress(pub [u8; 6]);

impl std::str::FromStr for MacAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<MacAddress, String> {
        let bytes: Result<Vec<u8>, _> =
            text.split([':', '-']).map(|digits| u8::from_str_radix(digits, 16)).collect();
        let bytes = bytes.ok().and_then(|bytes| <[u8; 6]>::try_from(bytes).ok());
        bytes.map(MacAddress).ok_or_else(|| format!("'{text}' is not an address such as 02:00:00:00:00:01"))
    }
}
