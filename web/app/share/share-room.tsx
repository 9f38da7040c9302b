export function ShareRoom() {
  return <p>ShareRoom</p>
}
