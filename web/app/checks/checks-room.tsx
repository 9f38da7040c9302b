export function ChecksRoom() {
  return <p>ChecksRoom</p>
}
