//! Checkpoints: ends of chains, signed, so that nobody without the key can put another chain in the place of one unseen.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use odata::date_time::Ticks;
use uuid::Uuid;

use super::chain::AuditHead;

/// The beginning of what is signed, which keeps it apart from other signatures.
const LABEL: &[u8] = b"muster audit checkpoint";

/// The end that a tenant's chain had at a time, and a signature over that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tenant whose chain it is.
    pub tenant: Uuid,
    /// The end of the chain.
    pub head: AuditHead,
    /// The time at which it was signed, by the engine's clock.
    pub at: Ticks,
    /// The public key of the signature.
    pub public_key: Box<[u8]>,
    /// The Ed25519 signature.
    pub signature: Box<[u8]>,
}

impl Checkpoint {
    /// Whether the signature is one by the key that the checkpoint names. Whose key that is, is another question.
    pub fn is_signed(&self) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.public_key);
        key.verify(&signed_text(self.tenant, &self.head, self.at), &self.signature).is_ok()
    }
}

/// The key that signs checkpoints.
pub struct CheckpointKey(Ed25519KeyPair);

impl CheckpointKey {
    /// The key of a seed of 32 bytes; none of anything else.
    pub fn from_seed(seed: &[u8]) -> Option<CheckpointKey> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(CheckpointKey)
    }

    /// The public half of it.
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs the end of a tenant's chain.
    pub fn sign(&self, tenant: Uuid, head: AuditHead, at: Ticks) -> Checkpoint {
        let signature = self.0.sign(&signed_text(tenant, &head, at));
        Checkpoint {
            tenant,
            head,
            at,
            public_key: self.public_key().into(),
            signature: signature.as_ref().into(),
        }
    }
}

fn signed_text(tenant: Uuid, head: &AuditHead, at: Ticks) -> Vec<u8> {
    [LABEL, tenant.as_bytes(), &head.sequence.to_be_bytes(), &at.0.to_be_bytes(), &*head.hash].concat()
}

#[cfg(test)]
mod tests {
    use odata::date_time::Ticks;
    use uuid::Uuid;

    use super::{AuditHead, Checkpoint, CheckpointKey};

    #[test]
    fn whatever_of_a_checkpoint_is_changed_shows() {
        let key = CheckpointKey::from_seed(&[7; 32]).unwrap();
        let head = AuditHead { sequence: 3, hash: [1; 32].into() };
        let signed = key.sign(Uuid::from_u128(1), head.clone(), Ticks(5));
        assert!(signed.is_signed());
        let other_key = CheckpointKey::from_seed(&[8; 32]).unwrap();
        let mut signature = signed.signature.clone();
        signature[0] ^= 1;
        let cases = [
            ("tenant", Checkpoint { tenant: Uuid::from_u128(2), ..signed.clone() }),
            ("sequence", Checkpoint { head: AuditHead { sequence: 4, ..head.clone() }, ..signed.clone() }),
            ("hash", Checkpoint { head: AuditHead { hash: [2; 32].into(), ..head }, ..signed.clone() }),
            ("time", Checkpoint { at: Ticks(6), ..signed.clone() }),
            ("key", Checkpoint { public_key: other_key.public_key().into(), ..signed.clone() }),
            ("signature", Checkpoint { signature, ..signed.clone() }),
            ("length", Checkpoint { signature: Box::default(), ..signed }),
        ];
        for (what, changed) in cases {
            assert!(!changed.is_signed(), "{what}");
        }
        assert!(CheckpointKey::from_seed(&[7; 31]).is_none());
    }
}
