//! One neural network in the inference runtime, run on a single thread at a time per caller.

use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;

/// A model run that failed, which a checked model does only when memory is short.
#[derive(Debug, thiserror::Error)]
#[error("inference failed")]
pub struct InferenceError(#[source] Box<dyn std::error::Error + Send + Sync>);

pub(crate) struct Network {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
    lanes: Lanes,
}

impl Network {
    pub(super) fn load(
        onnx: Vec<u8>,
        outputs: &[&str],
        lanes: &Lanes,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(onnx)?;
        let input = *model.input_ids().first().ok_or("the model takes no input")?;
        let outputs = outputs.iter().map(|name| model.node_id(name)).collect::<Result<_, _>>()?;
        Ok(Self { model, input, outputs, lanes: lanes.clone() })
    }

    /// Runs the network on one image in planar form (`[1, channels, height, width]`).
    /// The answer has one flat list of numbers for each output, in the order they were named.
    pub(crate) fn run(&self, image: NdTensor<f32, 4>) -> Result<Vec<Vec<f32>>, InferenceError> {
        let lane = self.lanes.take();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&lane)));
        let values = self.model.run(vec![(self.input, image.into())], &self.outputs, Some(options));
        self.lanes.give_back(lane);
        values
            .map_err(|error| InferenceError(Box::new(error)))?
            .into_iter()
            .map(|value| {
                let tensor = value
                    .into_tensor::<f32>()
                    .ok_or_else(|| InferenceError("not floats".into()))?;
                Ok(tensor.into_data())
            })
            .collect()
    }
}

/// The idle single-threaded pools. A run takes one (or makes one) and gives it back.
#[derive(Clone, Default)]
pub(super) struct Lanes(Arc<Mutex<Vec<Arc<ThreadPool>>>>);

impl Lanes {
    fn take(&self) -> Arc<ThreadPool> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)))
    }

    fn give_back(&self, lane: Arc<ThreadPool>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
    }
}

impl InferenceError {
    /// The model answered with something that is no answer.
    pub(crate) fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}
