//! `$metadata` as CSDL XML.
