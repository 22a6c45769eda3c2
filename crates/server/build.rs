//! Makes the folders of the built pages, so that the crate compiles before the pages are built.

fn main() -> std::io::Result<()> {
    for page in ["wallet", "desk"] {
        std::fs::create_dir_all(format!("../../web/dist/{page}"))?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../web/dist");
    Ok(())
}
