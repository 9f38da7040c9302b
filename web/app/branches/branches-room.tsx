export function BranchesRoom() {
  return <p>BranchesRoom</p>
}
