export function NodeRoom() {
  return <p>NodeRoom</p>
}
