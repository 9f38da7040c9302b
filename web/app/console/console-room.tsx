export function ConsoleRoom() {
  return <p>ConsoleRoom</p>
}
