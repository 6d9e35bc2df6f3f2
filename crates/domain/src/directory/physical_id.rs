//! The physical ids of a directory object that repeat what its registration says.

/// A kind of physical id that repeats what a registration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhysicalId {
    /// `[ZTDID]:` and the key of the registration.
    Registration,
    /// `[OrderID]:` and the group tag.
    GroupTag,
    /// `[PurchaseOrderId]:` and the purchase order.
    PurchaseOrder,
}

impl PhysicalId {
    const ALL: [PhysicalId; 3] = [PhysicalId::Registration, PhysicalId::GroupTag, PhysicalId::PurchaseOrder];

    fn prefix(self) -> &'static str {
        match self {
            PhysicalId::Registration => "[ZTDID]:",
            PhysicalId::GroupTag => "[OrderID]:",
            PhysicalId::PurchaseOrder => "[PurchaseOrderId]:",
        }
    }

    /// The physical id of this kind with a content.
    pub(super) fn text(self, content: &str) -> String {
        format!("{}{content}", self.prefix())
    }

    /// The kind and the content of a physical id; none of one that repeats nothing of a registration.
    pub(crate) fn of(text: &str) -> Option<(PhysicalId, &str)> {
        PhysicalId::ALL.into_iter().find_map(|id| {
            let (prefix, content) = text.split_at_checked(id.prefix().len())?;
            prefix.eq_ignore_ascii_case(id.prefix()).then_some((id, content))
        })
    }
}
