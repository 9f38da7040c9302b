export function WhyRoom() {
  return <p>WhyRoom</p>
}
