export function JourneyRoom() {
  return <p>JourneyRoom</p>
}
