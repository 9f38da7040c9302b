export function LinkRoom() {
  return <p>LinkRoom</p>
}
