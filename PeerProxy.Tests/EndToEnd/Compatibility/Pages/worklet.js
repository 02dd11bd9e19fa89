registerProcessor('lab', class extends AudioWorkletProcessor {
  process(_, outputs) { outputs[0][0].fill(0.25); return true; }
});
