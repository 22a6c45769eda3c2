//! Proofs out of the store's nodes.

use tanda_credential::log::{Hash, Node, Nodes, Span};
use tanda_storage::{Authority as Role, Reader};

use super::nodes::nodes;
use crate::Fault;

/// A log's proofs are hashes of spans of entries; here are the nodes of as many as are asked for.
pub(super) struct Prover(Nodes);

impl Prover {
    /// Reads at once what all of these spans are made of.
    pub(super) async fn read(
        reader: &mut Reader<'_, Role>,
        spans: Vec<Span>,
    ) -> Result<Self, Fault> {
        let wanted: Vec<Node> = spans.into_iter().flat_map(Span::nodes).collect();
        Ok(Self(nodes(reader, wanted).await?))
    }

    /// The hash of one of the spans.
    pub(super) fn hash(&self, span: Span) -> Result<Hash, Fault> {
        span.hash(&self.0).ok_or(Fault::Contradiction("the log's tree has a gap"))
    }

    /// The proof that is made of some of the spans. Where the tree has a gap there is none: empty,
    /// it proves nothing to whoever checks it.
    pub(super) fn proof(&self, spans: &[Span]) -> Vec<Hash> {
        spans.iter().map(|span| span.hash(&self.0)).collect::<Option<_>>().unwrap_or_default()
    }
}
