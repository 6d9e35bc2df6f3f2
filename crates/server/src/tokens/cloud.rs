//! The national clouds: under which audiences clients know Microsoft Graph in each.

use serde::{Deserialize, Serialize};

/// A cloud of Microsoft's, each of which has a Graph of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// The cloud for everybody.
    #[default]
    Global,
    /// US Government L4.
    UsGovernment,
    /// US Government L5, the Department of Defense.
    UsGovernmentDod,
    /// Azure China, which 21Vianet runs.
    China,
}

/// Whether an audience is Graph's, in any cloud.
pub fn is_graph(audience: &str) -> bool {
    Cloud::ALL.into_iter().any(|cloud| cloud.audiences().iter().any(|graph| graph == audience))
}

/// The id of Microsoft Graph as an application, which is the same in all clouds.
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";

impl Cloud {
    /// All clouds there are, the one for everybody first.
    pub const ALL: [Cloud; 4] = [Cloud::Global, Cloud::UsGovernment, Cloud::UsGovernmentDod, Cloud::China];

    /// The host of Graph.
    pub fn host(self) -> &'static str {
        match self {
            Cloud::Global => "graph.microsoft.com",
            Cloud::UsGovernment => "graph.microsoft.us",
            Cloud::UsGovernmentDod => "dod-graph.microsoft.us",
            Cloud::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The audiences of Graph, for which a client that was made for it asks a token.
    pub fn audiences(self) -> Vec<String> {
        let host = self.host();
        vec![format!("https://{host}"), format!("https://{host}/"), GRAPH_ID.to_owned()]
    }
}
