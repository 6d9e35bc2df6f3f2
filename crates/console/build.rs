//! Looks for another build of the console: a release has its files inside.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../console/dist");
}
