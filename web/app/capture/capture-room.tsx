export function CaptureRoom() {
  return <p>CaptureRoom</p>
}
