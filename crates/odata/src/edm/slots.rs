//! Numbers that outlive a model: what rests in a database was written by slot and discriminator, so both keep
//! their meaning when the model gains, loses or reorders properties and types.

use std::collections::HashMap;

use super::{Model, NavigationId, PropertyId, TypeId};

/// Names in the order of the numbers they were given; a name that has left the model keeps its place.
pub type Lists = HashMap<String, Vec<String>>;

/// A name that got a number for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNumber {
    /// The list: the slots or the discriminators of one hierarchy.
    pub list: String,
    /// The number.
    pub number: u16,
    /// The name.
    pub name: String,
}

/// What a slot belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Property(PropertyId),
    Reference(NavigationId),
}

impl Model {
    /// Gives every slot and discriminator the number that `settled` says it always had, and further numbers to
    /// names it does not know; returns those. To be called before anything remembers a slot. An error says what
    /// cannot be reconciled, and leaves the model half settled.
    pub fn settle_slots(&mut self, settled: &Lists) -> Result<Vec<NewNumber>, String> {
        let mut new = Vec::new();
        for index in 0..self.types.len() {
            let root = self.types[index].id;
            if self.types[index].root == root {
                self.settle_discriminators(root, settled, &mut new)?;
                self.settle_hierarchy(root, settled, &mut new)?;
            }
        }
        Ok(new)
    }

    fn settle_discriminators(
        &mut self,
        root: TypeId,
        settled: &Lists,
        new: &mut Vec<NewNumber>,
    ) -> Result<(), String> {
        let list = format!("types of {}", self.structured(root).qualified_name());
        let mut numbering = Numbering::continued(list, settled, new);
        // What was written as a type that has left the model reads as the hierarchy's root.
        let mut hierarchy = vec![root; numbering.names.len()];
        for member in self.members(root) {
            let number = numbering.number_of(self.structured(member).qualified_name())?;
            let places = hierarchy.len().max(usize::from(number) + 1);
            hierarchy.resize(places, root);
            hierarchy[usize::from(number)] = member;
        }
        self.types[root.index()].hierarchy = hierarchy;
        Ok(())
    }

    fn settle_hierarchy(
        &mut self,
        root: TypeId,
        settled: &Lists,
        new: &mut Vec<NewNumber>,
    ) -> Result<(), String> {
        let name = self.structured(root).qualified_name();
        let owners = self.slot_owners(root);
        let mut numbering = Numbering::continued(format!("slots of {name}"), settled, new);
        for (declared, text, owner) in owners {
            let slot = numbering.number_of(text)?;
            match owner {
                // `id` comes from a base that all hierarchies share, so its slot is the same in each.
                Owner::Property(id) if self.structured(self.property(id).declared_by).root != root => {
                    if slot != declared {
                        let property = &self.property(id).name;
                        return Err(format!("{name}: the slot of the inherited '{property}' is taken"));
                    }
                }
                Owner::Property(id) => self.properties[id.index()].slot = slot,
                Owner::Reference(id) => self.navigations[id.index()].slot = Some(slot),
            }
        }
        let slots = u16::try_from(numbering.names.len()).map_err(|_| format!("{name}: too many slots"))?;
        for member in self.members(root) {
            self.types[member.index()].slots = slots;
        }
        Ok(())
    }

    /// The types of a hierarchy, each once, root first.
    fn members(&self, root: TypeId) -> Vec<TypeId> {
        let mut members = vec![root];
        for member in &self.structured(root).hierarchy {
            if !members.contains(member) {
                members.push(*member);
            }
        }
        members
    }

    /// All owners of slots in a hierarchy with their lasting names, in the order of the slots they have now.
    fn slot_owners(&self, root: TypeId) -> Vec<(u16, String, Owner)> {
        let mut owners: Vec<(u16, String, Owner)> = Vec::new();
        for member in self.members(root).into_iter().map(|id| self.structured(id)) {
            for property in member.properties.iter().map(|id| self.property(*id)) {
                let name = self.lasting_name(root, property.declared_by, &property.name);
                owners.push((property.slot, name, Owner::Property(property.id)));
            }
            for navigation in member.navigations.iter().map(|id| self.navigation(*id)) {
                let Some(slot) = navigation.slot else { continue };
                let name = self.lasting_name(root, navigation.declared_by, &navigation.name);
                owners.push((slot, name, Owner::Reference(navigation.id)));
            }
        }
        owners.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
        owners.dedup_by_key(|(_, _, owner)| *owner);
        owners
    }

    /// Two derived types may declare the same name for different things, so theirs carry the type's.
    fn lasting_name(&self, root: TypeId, declared_by: TypeId, name: &str) -> String {
        let declaring = self.structured(declared_by);
        if declaring.root == root && declared_by != root {
            return format!("{}/{name}", declaring.qualified_name());
        }
        name.to_owned()
    }
}

/// A list under continuation.
struct Numbering<'a> {
    list: String,
    names: Vec<String>,
    new: &'a mut Vec<NewNumber>,
}

impl<'a> Numbering<'a> {
    fn continued(list: String, settled: &Lists, new: &'a mut Vec<NewNumber>) -> Numbering<'a> {
        let names = settled.get(&list).cloned().unwrap_or_default();
        Numbering { list, names, new }
    }

    fn number_of(&mut self, name: String) -> Result<u16, String> {
        let known = self.names.iter().position(|other| *other == name);
        let number = known.unwrap_or(self.names.len());
        let number = u16::try_from(number).map_err(|_| format!("too many {}", self.list))?;
        if known.is_none() {
            self.new.push(NewNumber { list: self.list.clone(), number, name: name.clone() });
            self.names.push(name);
        }
        Ok(number)
    }
}
