//! Whom the world may believe: the trust list. In the sandbox one authority is also the trust-list
//! operator, the relying-party CA and the registrar.

mod publish_trust_list;
