//! docs/security/permissions.md is printed from the table of permissions, and current.

use std::fmt::Write as _;
use std::path::Path;

use tanda_model::{Action, OfficerRole, permits};

fn page() -> String {
    let mut page = String::from(
        "# Who may do what at the console\n\n\
         Printed from the one table, `crates/model/src/officer/permission.rs`; a test fails where \
         this page differs, and `TANDA_WRITE=1 cargo test --workspace --test permissions_page` \
         prints it anew. The table is asked by the use cases themselves, whoever calls them.\n\n\
         *Fresh*: the passkey is asked for again when the last time was more than five minutes \
         ago.\n\n| an officer may … |",
    );
    for role in OfficerRole::ALL {
        let _ = write!(page, " {role} |");
    }
    page.push_str(" fresh |\n|---|");
    page.push_str(&"---|".repeat(OfficerRole::ALL.len() + 1));
    let mark = |holds: bool| if holds { "yes" } else { "–" };
    for action in Action::ALL {
        let _ = write!(page, "\n| {action} |");
        for role in OfficerRole::ALL {
            let _ = write!(page, " {} |", mark(permits(role, *action)));
        }
        let _ = write!(page, " {} |", mark(action.needs_fresh_sign_in()));
    }
    page.push('\n');
    page
}

#[test]
fn the_page_of_permissions_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/security/permissions.md");
    if std::env::var_os("TANDA_WRITE").is_some() {
        std::fs::write(&path, page()).expect("the page can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, page(), "print the page anew: its first paragraph says how");
}
