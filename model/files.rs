//! The files of the model, compiled in.

/// Every file, in the order in which it is read: its name and its text.
pub(super) const FILES: &[(&str, &str)] = &[
    ("muster.csdl.xml", include_str!("muster.csdl.xml")),
    ("graph.csdl.xml", include_str!("graph.csdl.xml")),
    ("targets.csdl.xml", include_str!("targets.csdl.xml")),
    ("autopilot.csdl.xml", include_str!("autopilot.csdl.xml")),
    ("deployment-profiles.csdl.xml", include_str!("deployment-profiles.csdl.xml")),
    ("firmware.csdl.xml", include_str!("firmware.csdl.xml")),
    ("directory.csdl.xml", include_str!("directory.csdl.xml")),
    ("role-scope-tags.csdl.xml", include_str!("role-scope-tags.csdl.xml")),
    ("audit.csdl.xml", include_str!("audit.csdl.xml")),
    ("update-rings.csdl.xml", include_str!("update-rings.csdl.xml")),
    ("vault.csdl.xml", include_str!("vault.csdl.xml")),
    ("why-and-wait.csdl.xml", include_str!("why-and-wait.csdl.xml")),
    ("trusted-devices.csdl.xml", include_str!("trusted-devices.csdl.xml")),
    ("container.csdl.xml", include_str!("container.csdl.xml")),
    ("v1.0.csdl.xml", include_str!("v1.0.csdl.xml")),
];
