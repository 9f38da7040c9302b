export function EditorRoom() {
  return <p>EditorRoom</p>
}
