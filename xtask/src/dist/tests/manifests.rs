//! The manifests for Kubernetes and Compose: what a cluster would only tell when it is too late, and what they have to agree
//! on with each other and with the image. Their schemas are not checked here.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::dist::contents::project_text;
use crate::dist::image::USER;

const WORKLOADS: [&str; 2] = ["sqlite/stateful-set.yaml", "postgres/deployment.yaml"];

/// The documents of a file.
fn documents(path: &str) -> Vec<Value> {
    let text = project_text(path).unwrap();
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    documents
        .map(|document| Value::deserialize(document).unwrap_or_else(|error| panic!("{path}: {error}")))
        .collect()
}

fn kubernetes(path: &str) -> Vec<Value> {
    documents(&format!("deploy/kubernetes/{path}"))
}

/// The workload of a file, and its pod.
fn workload(path: &str) -> (Value, Value) {
    let workload = kubernetes(path).remove(0);
    let pod = workload["spec"]["template"]["spec"].clone();
    (workload, pod)
}

fn names<'v>(list: &'v Value, key: &str) -> BTreeSet<&'v str> {
    list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap()).collect()
}

#[test]
fn pods_have_no_rights_and_a_root_that_cannot_be_written() {
    for path in WORKLOADS {
        let (_, pod) = workload(path);
        let of_pod = &pod["securityContext"];
        assert_eq!((&of_pod["runAsNonRoot"], &of_pod["runAsUser"]), (&json!(true), &json!(USER)), "{path}");
        assert_eq!(of_pod["seccompProfile"]["type"], "RuntimeDefault", "{path}");
        assert_eq!(pod["automountServiceAccountToken"], json!(false), "{path}");
        assert_eq!(pod["enableServiceLinks"], json!(false), "{path}");
        let container = &pod["containers"][0];
        let of_container = &container["securityContext"];
        assert_eq!(of_container["readOnlyRootFilesystem"], json!(true), "{path}");
        assert_eq!(of_container["allowPrivilegeEscalation"], json!(false), "{path}");
        assert_eq!(of_container["capabilities"], json!({"drop": ["ALL"]}), "{path}");
        assert!(container["resources"]["limits"]["memory"].is_string(), "{path}");
        assert!(container["resources"]["requests"]["cpu"].is_string(), "{path}");
    }
}

#[test]
fn probes_ask_where_the_server_answers() {
    for path in WORKLOADS {
        let container = workload(path).1["containers"][0].clone();
        for (probe, asked) in
            [("startupProbe", "/readyz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")]
        {
            let expected = json!({"path": asked, "port": "https", "scheme": "HTTPS"});
            assert_eq!(container[probe]["httpGet"], expected, "{path}: {probe}");
        }
        let ports =
            json!([{"name": "https", "containerPort": 8443}, {"name": "metrics", "containerPort": 9464}]);
        assert_eq!(container["ports"], ports, "{path}");
    }
}

#[test]
fn services_and_budgets_select_the_pods_and_ports_that_there_are() {
    for path in WORKLOADS {
        let (workload, pod) = workload(path);
        let labels = &workload["spec"]["template"]["metadata"]["labels"];
        assert_eq!(&workload["spec"]["selector"]["matchLabels"], labels, "{path}");
        let folder = path.split_once('/').unwrap().0;
        let budget = &kubernetes(&format!("{folder}/pod-disruption-budget.yaml"))[0]["spec"];
        assert_eq!(&budget["selector"]["matchLabels"], labels, "{path}");
        let replicas = workload["spec"]["replicas"].as_u64().unwrap();
        let may_go = budget["maxUnavailable"]
            .as_u64()
            .unwrap_or_else(|| replicas - budget["minAvailable"].as_u64().unwrap());
        assert!(may_go > 0, "{path}: no node with a pod could be drained");
        for service in kubernetes("base/service.yaml") {
            assert_eq!(&service["spec"]["selector"], labels, "{path}");
            // Kubernetes makes variables of the name: MUSTER_PORT of a service called `muster`.
            assert_ne!(service["metadata"]["name"], "muster");
            let target = service["spec"]["ports"][0]["targetPort"].as_str().unwrap();
            assert!(names(&pod["containers"][0]["ports"], "name").contains(target), "{path}: {target}");
        }
    }
}

#[test]
fn what_is_mounted_is_a_volume_and_what_is_read_is_mounted() {
    for path in WORKLOADS {
        let (workload, pod) = workload(path);
        let mut volumes = names(&pod["volumes"], "name");
        if let Some(claims) = workload["spec"]["volumeClaimTemplates"].as_array() {
            volumes.extend(claims.iter().map(|claim| claim["metadata"]["name"].as_str().unwrap()));
        }
        let mounts = &pod["containers"][0]["volumeMounts"];
        assert_eq!(names(mounts, "name"), volumes, "{path}");
        let folder = path.split_once('/').unwrap().0;
        let configuration: toml::Table =
            project_text(&format!("deploy/kubernetes/{folder}/muster.toml")).unwrap().parse().unwrap();
        let places = names(mounts, "mountPath");
        for file in [
            &configuration["tls"]["certificate"],
            &configuration["tls"]["key"],
            &configuration["secrets"]["key_file"],
        ] {
            let file = file.as_str().unwrap();
            let folder = file.rsplit_once('/').unwrap().0;
            assert!(places.contains(folder), "{path}: {file} is not mounted");
        }
        let kustomization = &kubernetes(&format!("{folder}/kustomization.yaml"))[0];
        let generated = &kustomization["configMapGenerator"][0];
        let config =
            pod["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == "config").unwrap();
        assert_eq!(config["configMap"]["name"], generated["name"], "{path}");
        assert_eq!(generated["files"], json!(["muster.toml"]), "{path}");
    }
}

#[test]
fn secrets_that_are_referred_to_are_in_the_example_and_it_holds_none() {
    let secrets = kubernetes("secrets.example.yaml");
    let known: BTreeSet<_> =
        secrets.iter().map(|secret| secret["metadata"]["name"].as_str().unwrap()).collect();
    let mut used = BTreeSet::new();
    for path in WORKLOADS {
        let (_, pod) = workload(path);
        for volume in pod["volumes"].as_array().unwrap() {
            used.extend(volume["secret"]["secretName"].as_str().map(str::to_owned));
        }
        for variable in pod["containers"][0]["env"].as_array().into_iter().flatten() {
            let secret = &variable["valueFrom"]["secretKeyRef"]["name"];
            used.extend(secret.as_str().map(str::to_owned));
        }
    }
    assert_eq!(used.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for key in ["secrets.key", "tls.key"] {
        assert!(
            secrets.iter().all(|secret| secret["stringData"][key].as_str().is_none_or(str::is_empty)),
            "{key}"
        );
    }
}

#[test]
fn compose_runs_the_image_of_this_version_without_rights() {
    let compose = documents("deploy/compose/compose.yaml").remove(0);
    let muster = &compose["services"]["muster"];
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(muster["image"], format!("muster:{version}"));
    assert_eq!(muster["read_only"], json!(true));
    assert_eq!(muster["cap_drop"], json!(["ALL"]));
    assert_eq!(muster["depends_on"]["database"]["condition"], "service_healthy");
    for path in WORKLOADS {
        let image = workload(path).1["containers"][0]["image"].clone();
        assert!(image.as_str().unwrap().ends_with(&format!("/muster:{version}")), "{path}: {image}");
    }
}
