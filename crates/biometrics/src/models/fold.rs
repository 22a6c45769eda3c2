//! Folds a weight-quantised ONNX model into plain 32-bit floats.
//!
//! The shipped detector and embedder keep their weights as 8-bit integers behind
//! `DequantizeLinear` nodes (ONNX operator set 21, with `block_size`) that no runtime at hand takes
//! as shipped: the graph lists inputs that nothing reads any more, and per-tensor parameters carry
//! a `block_size`. Computing those constant nodes once gives a model of ordinary convolutions.

use std::collections::{HashMap, HashSet};

use prost::Message;

use super::onnx::{GraphProto, ModelProto, NodeProto, TensorProto, data_type};

/// Why a model could not be folded. The text names graph parts only.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The bytes are not an ONNX model.
    #[error("not an ONNX model: {0}")]
    NotOnnx(#[from] prost::DecodeError),
    /// The model has no graph.
    #[error("the model has no graph")]
    NoGraph,
    /// A constant is missing, of another type, or not of the size its dimensions say.
    #[error("the constant `{0}` is missing or malformed")]
    BadConstant(String),
    /// A node that should be constant has another form than the shipped models'.
    #[error("the node that makes `{0}` cannot be folded")]
    BadNode(String),
}

/// Folds the bytes of a quantised ONNX model, as [`super::Models::load`] does with the two models
/// that need it; the answer is an ONNX model in which every weight is a 32-bit float, `Dropout` is
/// gone and only real inputs are listed, without fixed shapes.
///
/// # Errors
/// [`FoldError`], for anything that is not a model of the shipped models' form.
pub fn fold_weights(bytes: &[u8]) -> Result<Vec<u8>, FoldError> {
    let mut model = ModelProto::decode(bytes)?;
    let graph = model.graph.as_mut().ok_or(FoldError::NoGraph)?;

    let mut constants: HashMap<String, TensorProto> = graph
        .initializer
        .drain(..)
        .filter_map(|tensor| Some((tensor.name.clone()?, tensor)))
        .collect();
    let mut renamed: HashMap<String, String> = HashMap::new();
    let mut kept = Vec::with_capacity(graph.node.len());
    for mut node in graph.node.drain(..) {
        for input in &mut node.input {
            if let Some(source) = renamed.get(input) {
                input.clone_from(source);
            }
        }
        match node.op_type.as_deref() {
            Some("DequantizeLinear") if constants.contains_key(first(&node.input)) => {
                let tensor = dequantize(&node, &constants)?;
                constants.insert(first(&node.output).to_owned(), tensor);
            }
            Some("Reshape") if constants.contains_key(first(&node.input)) => {
                let tensor = reshape(&node, &constants)?;
                constants.insert(first(&node.output).to_owned(), tensor);
            }
            Some("Dropout") => {
                renamed.insert(first(&node.output).to_owned(), first(&node.input).to_owned());
            }
            _ => kept.push(node),
        }
    }
    graph.node = kept;
    keep_what_is_read(graph, constants);
    Ok(model.encode_to_vec())
}

fn first(names: &[String]) -> &str {
    names.first().map_or("", String::as_str)
}

fn keep_what_is_read(graph: &mut GraphProto, mut constants: HashMap<String, TensorProto>) {
    // A constant node that only fed what has been folded (or a dropped ratio) goes too.
    let read: HashSet<String> =
        graph.node.iter().flat_map(|node| node.input.iter().cloned()).collect();
    graph.node.retain(|node| {
        node.op_type.as_deref() != Some("Constant") || read.contains(first(&node.output))
    });
    graph.input.retain(|input| {
        input
            .name
            .as_deref()
            .is_some_and(|name| read.contains(name) && !constants.contains_key(name))
    });
    for value in graph.input.iter_mut().chain(&mut graph.output) {
        // The graphs work at any size; the fixed sizes they were exported with would be enforced.
        value.r#type = None;
    }
    let mut names: Vec<String> =
        constants.keys().filter(|name| read.contains(*name)).cloned().collect();
    names.sort_unstable();
    graph.initializer = names.iter().filter_map(|name| constants.remove(name)).collect();
}

fn dequantize(
    node: &NodeProto,
    constants: &HashMap<String, TensorProto>,
) -> Result<TensorProto, FoldError> {
    let output = first(&node.output);
    let bad = || FoldError::BadNode(output.to_owned());
    let [values, scales, zeros] = node.input.as_slice() else { return Err(bad()) };
    let shape = dims(constants, values)?;
    let values = int8s(constants, values)?;
    let scale_shape = dims(constants, scales)?;
    let scales = floats(constants, scales)?;
    let zeros = int8s(constants, zeros)?;
    if zeros.len() != scales.len() {
        return Err(bad());
    }
    let attribute = |name: &str, default: i64| {
        node.attribute
            .iter()
            .find(|a| a.name.as_deref() == Some(name))
            .and_then(|a| a.i)
            .unwrap_or(default)
    };

    let block: Box<dyn Fn(usize) -> usize> = if scales.len() == 1 {
        // Per tensor, whatever `block_size` says.
        Box::new(|_| 0)
    } else {
        let axis = usize::try_from(attribute("axis", 1)).map_err(|_| bad())?;
        let size = usize::try_from(attribute("block_size", 0)).map_err(|_| bad())?;
        let (Some(&length), Some(&blocks)) = (shape.get(axis), scale_shape.get(axis)) else {
            return Err(bad());
        };
        let inner = count(&shape[axis + 1..]).ok_or_else(bad)?;
        let outer = count(&shape[..axis]).ok_or_else(bad)?;
        if size == 0
            || length.div_ceil(size) != blocks
            || Some(scales.len()) != count(&[outer, blocks, inner])
        {
            return Err(bad());
        }
        Box::new(move |index| {
            let (row, rest) = (index / (length * inner), index % (length * inner));
            (row * blocks + rest / inner / size) * inner + rest % inner
        })
    };
    let raw = values
        .iter()
        .enumerate()
        .flat_map(|(index, &value)| {
            let block = block(index);
            ((f32::from(value) - f32::from(zeros[block])) * scales[block]).to_le_bytes()
        })
        .collect();
    Ok(tensor(output, &shape, raw))
}

fn reshape(
    node: &NodeProto,
    constants: &HashMap<String, TensorProto>,
) -> Result<TensorProto, FoldError> {
    let output = first(&node.output);
    let [source, shape] = node.input.as_slice() else {
        return Err(FoldError::BadNode(output.to_owned()));
    };
    let shape = int64s(constants, shape)?;
    let elements = count(&dims(constants, source)?);
    let source = constants.get(source).ok_or_else(|| FoldError::BadConstant(source.clone()))?;
    let sides = shape.iter().map(|&dim| usize::try_from(dim).ok().filter(|side| *side > 0));
    let reshaped = sides.collect::<Option<Vec<_>>>().and_then(|sides| count(&sides));
    if reshaped.is_none() || reshaped != elements {
        return Err(FoldError::BadNode(output.to_owned()));
    }
    Ok(TensorProto { dims: shape, name: Some(output.to_owned()), ..source.clone() })
}

fn tensor(name: &str, shape: &[usize], raw: Vec<u8>) -> TensorProto {
    TensorProto {
        dims: shape.iter().filter_map(|&dim| i64::try_from(dim).ok()).collect(),
        data_type: Some(data_type::FLOAT),
        name: Some(name.to_owned()),
        raw_data: Some(raw),
        ..TensorProto::default()
    }
}

/// How many elements a tensor of this shape has; none when no machine could hold them.
fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))
}

fn dims(constants: &HashMap<String, TensorProto>, name: &str) -> Result<Vec<usize>, FoldError> {
    let bad = || FoldError::BadConstant(name.to_owned());
    let tensor = constants.get(name).ok_or_else(bad)?;
    tensor.dims.iter().map(|&dim| usize::try_from(dim).map_err(|_| bad())).collect()
}

fn raw<'a>(
    constants: &'a HashMap<String, TensorProto>,
    name: &str,
    data_type: i32,
    width: usize,
) -> Result<&'a [u8], FoldError> {
    let bad = || FoldError::BadConstant(name.to_owned());
    let bytes = count(&dims(constants, name)?).and_then(|count| count.checked_mul(width));
    let tensor = constants.get(name).ok_or_else(bad)?;
    let raw = tensor.raw_data.as_deref().ok_or_else(bad)?;
    if tensor.data_type != Some(data_type) || Some(raw.len()) != bytes {
        return Err(bad());
    }
    Ok(raw)
}

fn int8s(constants: &HashMap<String, TensorProto>, name: &str) -> Result<Vec<i8>, FoldError> {
    Ok(raw(constants, name, data_type::INT8, 1)?
        .iter()
        .map(|&byte| i8::from_le_bytes([byte]))
        .collect())
}

fn floats(constants: &HashMap<String, TensorProto>, name: &str) -> Result<Vec<f32>, FoldError> {
    let (chunks, _) = raw(constants, name, data_type::FLOAT, 4)?.as_chunks::<4>();
    Ok(chunks.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
}

fn int64s(constants: &HashMap<String, TensorProto>, name: &str) -> Result<Vec<i64>, FoldError> {
    let (chunks, _) = raw(constants, name, data_type::INT64, 8)?.as_chunks::<8>();
    Ok(chunks.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::onnx::{AttributeProto, ValueInfoProto};

    fn constant(name: &str, dims: &[i64], data_type: i32, raw: Vec<u8>) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type: Some(data_type),
            name: Some(name.to_owned()),
            raw_data: Some(raw),
            ..TensorProto::default()
        }
    }

    fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            op_type: Some(op.to_owned()),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        }
    }

    fn int(name: &str, i: i64) -> AttributeProto {
        AttributeProto {
            name: Some(name.to_owned()),
            i: Some(i),
            r#type: Some(2),
            ..AttributeProto::default()
        }
    }

    fn value(name: &str) -> ValueInfoProto {
        ValueInfoProto { name: Some(name.to_owned()), r#type: Some(vec![]) }
    }

    #[test]
    fn blocks_are_scaled_reshaped_and_stale_inputs_dropped() {
        let mut dequantize = node("DequantizeLinear", &["q", "s", "z"], "d");
        dequantize.attribute = vec![int("axis", 1), int("block_size", 2)];
        let model = ModelProto {
            ir_version: Some(6),
            opset_import: vec![],
            graph: Some(GraphProto {
                node: vec![
                    dequantize,
                    node("Reshape", &["d", "shape"], "w"),
                    node("Dropout", &["x", "ratio"], "y"),
                    node("MatMul", &["y", "w"], "out"),
                ],
                name: None,
                initializer: vec![
                    constant("q", &[2, 3], data_type::INT8, vec![1, 2, 3, 4, 5, 0xff]),
                    constant(
                        "s",
                        &[2, 2],
                        data_type::FLOAT,
                        [1.0_f32, 10.0, 100.0, 1000.0]
                            .iter()
                            .flat_map(|f| f.to_le_bytes())
                            .collect(),
                    ),
                    constant("z", &[2, 2], data_type::INT8, vec![0, 1, 0, 0]),
                    constant(
                        "shape",
                        &[2],
                        data_type::INT64,
                        [3_i64, 2].iter().flat_map(|i| i.to_le_bytes()).collect(),
                    ),
                ],
                input: vec![value("x"), value("w"), value("gone")],
                output: vec![value("out")],
            }),
        };
        let folded =
            ModelProto::decode(fold_weights(&model.encode_to_vec()).unwrap().as_slice()).unwrap();
        let graph = folded.graph.unwrap();
        assert_eq!(graph.input.len(), 1);
        assert_eq!(graph.node.len(), 1);
        assert_eq!(graph.node[0].input, ["x", "w"]);
        let constants = HashMap::from([("w".to_owned(), graph.initializer[0].clone())]);
        assert_eq!(graph.initializer.len(), 1);
        assert_eq!(dims(&constants, "w").unwrap(), [3, 2]);
        assert_eq!(floats(&constants, "w").unwrap(), [1.0, 2.0, 20.0, 400.0, 500.0, -1000.0]);
    }

    #[test]
    fn a_scale_that_does_not_fit_is_refused() {
        let model = ModelProto {
            graph: Some(GraphProto {
                node: vec![node("DequantizeLinear", &["q", "s", "z"], "d")],
                initializer: vec![
                    constant("q", &[2], data_type::INT8, vec![1, 2]),
                    constant("s", &[2], data_type::FLOAT, vec![0; 8]),
                    constant("z", &[1], data_type::INT8, vec![0]),
                ],
                ..GraphProto::default()
            }),
            ..ModelProto::default()
        };
        assert!(matches!(fold_weights(&model.encode_to_vec()), Err(FoldError::BadNode(_))));
        assert!(matches!(fold_weights(b"no model"), Err(FoldError::NotOnnx(_))));
    }

    #[test]
    fn dimensions_beyond_any_memory_are_refused() {
        let model = |shape: &[i64]| {
            let shape_bytes = shape.iter().flat_map(|side| side.to_le_bytes()).collect();
            ModelProto {
                graph: Some(GraphProto {
                    node: vec![
                        node("Reshape", &["w", "shape"], "r"),
                        node("DequantizeLinear", &["w", "s", "z"], "d"),
                    ],
                    initializer: vec![
                        constant("w", shape, data_type::INT8, vec![]),
                        constant(
                            "shape",
                            &[i64::try_from(shape.len()).unwrap()],
                            data_type::INT64,
                            shape_bytes,
                        ),
                        constant("s", &[2], data_type::FLOAT, vec![0; 8]),
                        constant("z", &[2], data_type::INT8, vec![0; 2]),
                    ],
                    ..GraphProto::default()
                }),
                ..ModelProto::default()
            }
        };
        for shape in [[i64::MAX, i64::MAX], [1 << 32, 1 << 32], [-1, -1]] {
            assert!(fold_weights(&model(&shape).encode_to_vec()).is_err(), "{shape:?}");
        }
    }
}
