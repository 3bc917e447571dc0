// Subgroup matrices of 16×16: two f16 factors and a sum in f32, each held by a subgroup together. Loads and stores take the index of the first
// element and the elements from one line to the next; lines are rows, or columns where the matrix is stored transposed.

enable f16;
enable chromium_experimental_subgroup_matrix;
// Places depend on the subgroup, which the compiler cannot prove.
diagnostic(off, chromium.subgroup_matrix_uniformity);

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

fn left_rows(from_: ptr<storage, array<f16>, read>, at: u32, stride: u32) -> Left {
  return subgroupMatrixLoad<Left, row_major>(from_, at, stride);
}

fn left_columns(from_: ptr<storage, array<f16>, read>, at: u32, stride: u32) -> Left {
  return subgroupMatrixLoad<Left, col_major>(from_, at, stride);
}

fn right_rows(from_: ptr<storage, array<f16>, read>, at: u32, stride: u32) -> Right {
  return subgroupMatrixLoad<Right, row_major>(from_, at, stride);
}

fn right_columns(from_: ptr<storage, array<f16>, read>, at: u32, stride: u32) -> Right {
  return subgroupMatrixLoad<Right, col_major>(from_, at, stride);
}

fn multiply_add(left: Left, right: Right, sum: Sum) -> Sum {
  return subgroupMatrixMultiplyAccumulate(left, right, sum);
}

fn keep(into: ptr<workgroup, array<f32, 1024>>, at: u32, sum: Sum) {
  subgroupMatrixStore<row_major>(into, at, sum, 16u);
}
