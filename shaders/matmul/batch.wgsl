// Batched matmul: where a matrix starts. Batch axes that behave alike are merged, which leaves at most three that each matrix of y walks
// and two that are summed; outermost first, a stride of 0 repeats a matrix. The inner sizes are passed, the outermost is what is left.

fn walked(batch: u32, size1: u32, size2: u32, stride0: u32, stride1: u32, stride2: u32) -> u32 {
  return (batch / (size1 * size2)) * stride0 + ((batch / size2) % size1) * stride1 + (batch % size2) * stride2;
}

fn summed(term: u32, size1: u32, stride0: u32, stride1: u32) -> u32 {
  return (term / size1) * stride0 + (term % size1) * stride1;
}
