//! XML text to a tree of elements that remember where they were written.

use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::error::CsdlError;
use super::grammar::{self, ElementRule};
use crate::error::hint;

/// Levels of elements at most: no CSDL document has as many.
const DEPTH_MAX: usize = 32;

/// An element whose name, attributes and place the grammar knows.
#[derive(Debug)]
pub(super) struct Element {
    file: Rc<str>,
    /// The path for messages, such as `/Schema microsoft.graph/EntityType book`.
    path: String,
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of an attribute that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, CsdlError> {
        self.attribute(name).ok_or_else(|| self.error(format!("attribute {name} is missing")))
    }

    /// The value of a `true` or `false` attribute.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, CsdlError> {
        match self.attribute(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(self.error(format!("{name}=\"{other}\" is neither true nor false"))),
        }
    }

    /// The children of a name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The attributes, in written order.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// An error at this element.
    pub(super) fn error(&self, reason: impl Into<String>) -> CsdlError {
        CsdlError { file: self.file.to_string(), element: self.path.clone(), reason: reason.into() }
    }
}

/// Parses one file. Every element and attribute is one the grammar has at that place.
pub(super) fn parse(file: &str, text: &str) -> Result<Element, CsdlError> {
    let mut builder = Builder { file: file.into(), open: Vec::new(), root: None };
    let mut reader = Reader::from_str(text);
    loop {
        let event = reader.read_event().map_err(|error| builder.error(error.to_string()))?;
        match event {
            Event::Start(start) => builder.start(&start)?,
            Event::Empty(start) => {
                builder.start(&start)?;
                builder.end();
            }
            Event::End(_) => builder.end(),
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::CData(text) => builder.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|e| builder.error(e.to_string()))?;
                let name = reference.into_inner();
                match (character, resolve_predefined_entity(&name)) {
                    (Some(character), _) => builder.text(&character.to_string())?,
                    (None, Some(text)) => builder.text(text)?,
                    (None, None) => return Err(builder.error(format!("unknown entity &{name};"))),
                }
            }
            Event::DocType(_) => return Err(builder.error("a document type declaration is not CSDL")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (builder.open.is_empty(), builder.root.take()) {
        (true, Some(root)) => Ok(root),
        _ => Err(builder.error("the document ends before its root element does")),
    }
}

struct Builder {
    file: Rc<str>,
    open: Vec<(Element, &'static ElementRule)>,
    root: Option<Element>,
}

impl Builder {
    fn error(&self, reason: impl Into<String>) -> CsdlError {
        let path = self.open.last().map_or("/", |(element, _)| element.path.as_str());
        CsdlError { file: self.file.to_string(), element: path.to_owned(), reason: reason.into() }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), CsdlError> {
        let name = start.name().0;
        let allowed = self.open.last().map_or(&[grammar::ROOT][..], |(_, rule)| rule.children);
        let rule = grammar::RULES.iter().find(|rule| rule.element == name && allowed.contains(&name));
        let Some(rule) = rule else {
            let hint = hint(name, allowed.iter().copied());
            return Err(self.error(format!("element <{name}> is not expected here{hint}")));
        };
        if self.root.is_some() || self.open.len() >= DEPTH_MAX {
            return Err(self.error(format!("element <{name}> is not expected here")));
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.error(error.to_string()))?;
            let key = attribute.key.0;
            if !rule.attributes.contains(&key) {
                let hint = hint(key, rule.attributes.iter().copied());
                return Err(self.error(format!("<{name}> has no attribute {key}{hint}")));
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| self.error(error.to_string()))?.into_owned();
            attributes.push((key.to_owned(), value));
        }
        let parent = self.open.last().map_or("", |(element, _)| element.path.as_str());
        let label = rule.label.and_then(|label| attributes.iter().find(|(key, _)| key == label));
        let path = match label {
            Some((_, value)) => format!("{parent}/{name} {value}"),
            None => format!("{parent}/{name}"),
        };
        let element = Element {
            file: self.file.clone(),
            path,
            name: name.to_owned(),
            attributes,
            children: Vec::new(),
            text: String::new(),
        };
        self.open.push((element, rule));
        Ok(())
    }

    /// Closes the innermost open element; the reader has checked that the names match.
    fn end(&mut self) {
        let Some((element, _)) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some((parent, _)) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), CsdlError> {
        match self.open.last_mut() {
            Some((element, rule)) if rule.has_text => element.text.push_str(text),
            _ if text.trim().is_empty() => {}
            _ => return Err(self.error(format!("text {:?} is not expected here", text.trim()))),
        }
        Ok(())
    }
}
