//! The files of `model/` say what the documents say.

use std::fs;
use std::path::Path;

use odata::csdl;
use odata::edm::Model;

/// The files of `model/`, by name.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../model"));
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.ends_with(".csdl.xml"))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn read(files: &[(String, String)]) -> Result<Model, csdl::ReadError> {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    csdl::read(&files)
}

#[test]
fn the_model_loads() {
    let model = read(&files()).unwrap();
    assert!(model.find_set("deviceManagement/hardwareConfigurations/assignments").is_some());
}
