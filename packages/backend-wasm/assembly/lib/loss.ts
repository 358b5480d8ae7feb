/** What a loss leaves is a term a row, in double; they are added up afterwards. */
@unmanaged
export class LossForward {
  classes: i32
  logits: usize
  labels: usize
  terms: usize
}

@unmanaged
export class LossBackward {
  scale: v128
  classes: i32
  logits: usize
  labels: usize
  dlogits: usize
}
