export function LessonRoom() {
  return <p>LessonRoom</p>
}
