//! Bound actions and functions.

use super::error::CsdlError;
use super::loader::{Declaration, Loader, next_id};
use crate::csdl::annotation::VocabularyTerm;
use crate::edm::{Kind, Operation, OperationId, OperationKind, Parameter, Permissions, TypeRef, Versions};

impl<'a> Loader<'a> {
    /// Reads all actions and functions; their permissions are read later.
    pub(super) fn read_operations(&mut self) -> Result<(), CsdlError> {
        for schema in self.schemas {
            for element in &schema.element.children {
                if let Some(kind) = operation_kind(&element.name) {
                    let at = Declaration { schema, element };
                    let operation = self.read_operation(kind, at)?;
                    self.check_overload(at, &operation)?;
                    self.model.operations.push(operation);
                    self.operations.push(at);
                }
            }
        }
        Ok(())
    }

    fn read_operation(&self, kind: OperationKind, at: Declaration<'a>) -> Result<Operation, CsdlError> {
        let id = OperationId(next_id(self.model.operations.len(), at.element)?);
        let mut parameters = Vec::new();
        for element in at.element.named("Parameter") {
            parameters.push(self.read_parameter(Declaration { schema: at.schema, element })?);
        }
        let returns = match at.element.named("ReturnType").collect::<Vec<_>>().as_slice() {
            [] if kind == OperationKind::Function => {
                return Err(at.element.error("a function has a return type"));
            }
            [] => None,
            [element] => Some(self.type_ref(Declaration { schema: at.schema, element })?),
            [_, second, ..] => return Err(second.error("there is another return type")),
        };
        let binding = self.binding(at)?;
        if let Some(duplicate) = first_duplicate(&parameters) {
            return Err(at.element.error(format!("parameter {duplicate} is declared twice")));
        }
        let annotations = self.annotations(at)?;
        Ok(Operation {
            id,
            kind,
            namespace: at.schema.namespace.into(),
            name: at.element.required("Name")?.into(),
            binding,
            parameters: parameters.into_iter().skip(1).collect(),
            returns,
            versions: Versions::BETA,
            permissions: Permissions::default(),
            not_implemented: annotations.tag(VocabularyTerm::NotImplemented)?,
            description: annotations.description()?,
        })
    }

    fn read_parameter(&self, at: Declaration<'a>) -> Result<Parameter, CsdlError> {
        Ok(Parameter {
            name: at.element.required("Name")?.into(),
            type_ref: self.type_ref(at)?,
            versions: Versions::BETA,
            secret: self.annotations(at)?.tag(VocabularyTerm::Secret)?,
        })
    }

    /// The type of an operation's binding parameter, its first.
    pub(super) fn binding(&self, at: Declaration<'_>) -> Result<TypeRef, CsdlError> {
        if !at.element.flag("IsBound", false)? {
            return Err(at.element.error("only bound operations can be called here: IsBound=\"true\""));
        }
        let Some(first) = at.element.named("Parameter").next() else {
            return Err(at.element.error("the first parameter is the binding parameter; there is none"));
        };
        let type_ref = self.type_ref(Declaration { schema: at.schema, element: first })?;
        match type_ref.kind {
            Kind::Entity(_) => Ok(type_ref),
            _ => Err(first.error("the binding parameter is an entity or a collection of entities")),
        }
    }

    /// Checks that overloads can be told apart by their binding type alone.
    fn check_overload(&self, at: Declaration<'_>, operation: &Operation) -> Result<(), CsdlError> {
        let twin = self.model.operations.iter().find(|other| {
            other.namespace == operation.namespace
                && other.name.eq_ignore_ascii_case(&operation.name)
                && other.binding.kind == operation.binding.kind
                && other.binding.collection == operation.binding.collection
        });
        match twin {
            Some(_) => Err(at.element.error("another operation of this name is bound to the same type")),
            None => Ok(()),
        }
    }
}

/// The kind of operation that an element's name declares.
pub(super) fn operation_kind(element: &str) -> Option<OperationKind> {
    match element {
        "Action" => Some(OperationKind::Action),
        "Function" => Some(OperationKind::Function),
        _ => None,
    }
}

fn first_duplicate(parameters: &[Parameter]) -> Option<&str> {
    let names = parameters.iter().enumerate();
    names.clone().find_map(|(index, parameter)| {
        let earlier = parameters.iter().take(index);
        let is_twin = earlier.into_iter().any(|other| other.name.eq_ignore_ascii_case(&parameter.name));
        is_twin.then_some(&*parameter.name)
    })
}
