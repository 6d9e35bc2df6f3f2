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
    /// The slot or discriminator.
    pub number: u16,
    /// The lasting name that has it.
    pub name: String,
}

/// The owner of a slot.
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
        for view in self.sets.iter().filter(|set| set.stored_in != set.id) {
            self.check_view(view.id, view.stored_in)?;
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

/// The numbering of a list that is continued.
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

#[cfg(test)]
mod tests {
    use super::{Lists, NewNumber};
    use crate::csdl::read;
    use crate::edm::{Kind, Model, TypeId};

    type Slots = &'static [(&'static str, u16)];

    /// A base, a type with these properties, and two derived types that both declare `x`.
    fn model(properties: &[&str]) -> Model {
        let property = |name: &&str| format!(r#"<Property Name="{name}" Type="Edm.String"/>"#);
        let text = format!(
            r#"<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
            <Schema Namespace="microsoft.graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
            <EntityType Name="entity" Abstract="true"><Key><PropertyRef Name="id"/></Key>
            <Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>
            <EntityType Name="work" BaseType="microsoft.graph.entity">{}</EntityType>
            <EntityType Name="book" BaseType="microsoft.graph.work"><Property Name="x" Type="Edm.String"/></EntityType>
            <EntityType Name="film" BaseType="microsoft.graph.work"><Property Name="x" Type="Edm.String"/></EntityType>
            <EntityContainer Name="library"/></Schema></edmx:DataServices></edmx:Edmx>"#,
            properties.iter().map(property).collect::<String>(),
        );
        read(&[("library.csdl.xml", &text)]).unwrap()
    }

    fn find(model: &Model, name: &str) -> TypeId {
        match model.find_type(&format!("microsoft.graph.{name}")) {
            Some(Kind::Entity(id)) => id,
            other => panic!("{name} is {other:?}"),
        }
    }

    fn slots(model: &Model, owner: &str) -> Vec<(String, u16)> {
        let properties = model.structured(find(model, owner)).properties.iter().map(|id| model.property(*id));
        properties.map(|property| (property.name.to_string(), property.slot)).collect()
    }

    /// The lists as a database keeps them.
    fn kept(lists: &mut Lists, new: Vec<NewNumber>) {
        for NewNumber { list, number, name } in new {
            let names = lists.entry(list).or_default();
            assert_eq!(names.len(), usize::from(number));
            names.push(name);
        }
    }

    fn named(expected: &[(&str, u16)]) -> Vec<(String, u16)> {
        expected.iter().map(|(name, slot)| ((*name).to_owned(), *slot)).collect()
    }

    #[test]
    fn slots_outlive_the_models_that_use_them() {
        let mut lists = Lists::new();
        let steps: [(&[&str], Slots, u16, usize); 4] = [
            (&["a", "b"], &[("id", 0), ("a", 1), ("b", 2), ("x", 3)], 5, 8),
            (&["a", "b"], &[("id", 0), ("a", 1), ("b", 2), ("x", 3)], 5, 0),
            (&["c", "b"], &[("id", 0), ("c", 5), ("b", 2), ("x", 3)], 6, 1),
            (&["b", "a", "c"], &[("id", 0), ("b", 2), ("a", 1), ("c", 5), ("x", 3)], 6, 0),
        ];
        for (properties, book, count, added) in steps {
            let mut model = model(properties);
            let new = model.settle_slots(&lists).unwrap();
            assert_eq!(new.iter().filter(|new| new.list.contains("work")).count(), added, "{new:?}");
            kept(&mut lists, new);
            assert_eq!(slots(&model, "book"), named(book), "{properties:?}");
            let of_film = slots(&model, "film").pop().unwrap();
            assert_eq!(of_film, ("x".to_owned(), 4), "another x than the book's");
            assert_eq!(model.structured(find(&model, "book")).slots, count);
        }
    }

    #[test]
    fn a_type_that_left_keeps_its_discriminator() {
        let mut lists = Lists::new();
        let types = "types of microsoft.graph.work".to_owned();
        lists.insert(types, ["work", "gone", "film"].map(|name| format!("microsoft.graph.{name}")).to_vec());
        let mut model = model(&[]);
        model.settle_slots(&lists).unwrap();
        let (work, book, film) = (find(&model, "work"), find(&model, "book"), find(&model, "film"));
        assert_eq!(model.structured(work).hierarchy, [work, work, film, book]);
    }

    #[test]
    fn a_taken_slot_of_an_inherited_property_is_refused() {
        let mut lists = Lists::new();
        lists.insert("slots of microsoft.graph.work".to_owned(), vec!["a".to_owned(), "id".to_owned()]);
        let refused = model(&["a"]).settle_slots(&lists).unwrap_err();
        assert!(refused.contains("'id'"), "{refused}");
    }
}
