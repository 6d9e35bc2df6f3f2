//! Annotations: which terms stand on an element, checked against what the vocabularies say of them.

use super::element::Element;
use super::error::CsdlError;
use super::loader::{Declaration, Loader};
use crate::csdl::annotation::{TAG, TERMS, VocabularyTerm};
use crate::error::hint;

/// The annotations of one element.
pub(super) struct Annotations<'a>(Vec<(VocabularyTerm, &'a Element)>);

impl<'a> Annotations<'a> {
    /// The annotation of a term, qualified or not.
    pub(super) fn get(&self, term: VocabularyTerm) -> Option<&'a Element> {
        self.all(term).next()
    }

    /// All annotations of a term; they differ in their qualifiers.
    pub(super) fn all(&self, term: VocabularyTerm) -> impl Iterator<Item = &'a Element> {
        self.0.iter().filter(move |(other, _)| *other == term).map(|(_, element)| *element)
    }

    /// Whether a tag is set: it is there, and not said to be false.
    pub(super) fn tag(&self, term: VocabularyTerm) -> Result<bool, CsdlError> {
        let Some(element) = self.get(term) else { return Ok(false) };
        if element.attribute("String").is_some() || !element.children.is_empty() {
            return Err(element.error("the term is a tag; its value is true or false"));
        }
        element.flag("Bool", true)
    }

    /// The number of the annotation `Validation.MaxItems`.
    pub(super) fn max_items(&self) -> Result<Option<u32>, CsdlError> {
        let Some(element) = self.get(VocabularyTerm::MaxItems) else { return Ok(None) };
        let text = element.required("Int")?;
        let number = text.parse().map_err(|_| element.error(format!("Int=\"{text}\" is not a number")));
        number.map(Some)
    }

    /// The name in the annotation `muster.ViewOf`.
    pub(super) fn view_of(&self) -> Result<Option<Box<str>>, CsdlError> {
        match self.get(VocabularyTerm::ViewOf) {
            Some(element) => Ok(Some(element.required("String")?.into())),
            None => Ok(None),
        }
    }

    /// The text of the annotation `Core.Description`.
    pub(super) fn description(&self) -> Result<Option<Box<str>>, CsdlError> {
        match self.get(VocabularyTerm::Description) {
            Some(element) => Ok(Some(element.required("String")?.into())),
            None => Ok(None),
        }
    }
}

impl<'a> Loader<'a> {
    /// Reads the declarations of our own terms.
    pub(super) fn read_terms(&mut self) -> Result<(), CsdlError> {
        for Declaration { schema, element } in self.declarations("Term") {
            let name = element.required("Name")?;
            let known = TERMS.iter().filter(|facts| facts.is_own());
            let Some(facts) = known.clone().find(|f| f.namespace() == schema.namespace && f.name == name)
            else {
                let hint = hint(name, known.map(|facts| facts.name));
                return Err(element.error(format!("nothing gives term {name} a meaning{hint}")));
            };
            if element.required("Type")? != facts.type_name {
                return Err(element.error(format!("the term's type is {}", facts.type_name)));
            }
            if (facts.type_name == TAG) != (element.attribute("DefaultValue") == Some("true")) {
                return Err(element.error("a term has DefaultValue=\"true\" if it is a tag, and else none"));
            }
            let applies_to = facts.applies_to.join(" ");
            if element.required("AppliesTo")? != applies_to {
                return Err(element.error(format!("the term applies to {applies_to}")));
            }
            if self.terms.contains(&name) {
                return Err(element.error("the term is declared twice"));
            }
            self.terms.push(name);
        }
        Ok(())
    }

    /// The annotations of an element.
    pub(super) fn annotations(&self, at: Declaration<'a>) -> Result<Annotations<'a>, CsdlError> {
        let mut found: Vec<(VocabularyTerm, &'a Element)> = Vec::new();
        for annotation in at.element.named("Annotation") {
            let term =
                self.resolve_term(Declaration { schema: at.schema, element: annotation }, at.element)?;
            let qualifier = annotation.attribute("Qualifier");
            if qualifier.is_some() != (term == VocabularyTerm::Permissions) {
                return Err(annotation.error("a qualifier belongs on named permissions, and only there"));
            }
            if found.iter().any(|(other, e)| *other == term && e.attribute("Qualifier") == qualifier) {
                return Err(annotation.error("the term is applied twice"));
            }
            found.push((term, annotation));
        }
        Ok(Annotations(found))
    }

    fn resolve_term(
        &self,
        annotation: Declaration<'_>,
        target: &Element,
    ) -> Result<VocabularyTerm, CsdlError> {
        let Declaration { schema, element } = annotation;
        let written = element.required("Term")?;
        let qualified = schema.expand(written);
        let known = || TERMS.iter().filter(|facts| !facts.is_own() || self.terms.contains(&facts.name));
        let is_term = |namespace: &str, name: &str| {
            qualified.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('.')) == Some(name)
        };
        let Some(facts) = known().find(|facts| is_term(facts.namespace(), facts.name)) else {
            let bare = qualified.rsplit('.').next().unwrap_or(&qualified);
            let hint = hint(bare, known().map(|facts| facts.name));
            return Err(element.error(format!("unknown term {written}{hint}")));
        };
        if !facts.applies_to.contains(&target.name.as_str()) {
            return Err(element.error(format!("the term does not apply to <{}>", target.name)));
        }
        Ok(facts.term)
    }
}
