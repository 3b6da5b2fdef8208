"""The part of GitHub's GraphQL schema that the stand-in speaks, in the schema language, and what it says about types and fields."""

import re
from typing import NamedTuple

PAGE = "first: Int, after: String, last: Int, before: String"
TEXT = """
type Query { repository(owner: String!, name: String!, followRenames: Boolean): Repository  rateLimit(dryRun: Boolean): RateLimit
  viewer: User!  node(id: ID!): Node  nodes(ids: [ID!]!): [Node]!  user(login: String!): User  organization(login: String!): Organization }
type RateLimit { limit: Int! cost: Int! remaining: Int! resetAt: DateTime! used: Int! nodeCount: Int! }
interface Node { id: ID! }
interface Actor { login: String! avatarUrl: URI! url: URI! resourcePath: URI! }
interface RepositoryOwner { id: ID! login: String! url: URI! repositories(PAGE): RepositoryConnection! }
type User implements Node, Actor, RepositoryOwner { id: ID! databaseId: Int login: String! name: String avatarUrl: URI! url: URI! resourcePath: URI!
  email: String! createdAt: DateTime! repositories(PAGE): RepositoryConnection! }
type Bot implements Node, Actor { id: ID! databaseId: Int login: String! avatarUrl: URI! url: URI! resourcePath: URI! createdAt: DateTime! }
type Mannequin implements Node, Actor { id: ID! databaseId: Int login: String! avatarUrl: URI! url: URI! resourcePath: URI!
  email: String createdAt: DateTime! }
type Organization implements Node, Actor, RepositoryOwner { id: ID! databaseId: Int login: String! name: String avatarUrl: URI! url: URI!
  resourcePath: URI! repositories(PAGE): RepositoryConnection! }
type EnterpriseUserAccount implements Node, Actor { id: ID! login: String! avatarUrl: URI! url: URI! resourcePath: URI! }
type Repository implements Node { id: ID! databaseId: Int name: String! nameWithOwner: String! owner: RepositoryOwner! url: URI! description: String
  stargazerCount: Int! forkCount: Int! diskUsage: Int isArchived: Boolean! isFork: Boolean! isPrivate: Boolean! isEmpty: Boolean!
  isDisabled: Boolean!
  isLocked: Boolean! visibility: RepositoryVisibility! hasIssuesEnabled: Boolean! createdAt: DateTime! updatedAt: DateTime! pushedAt: DateTime
  primaryLanguage: Language licenseInfo: License latestRelease: Release watchers(PAGE): UserConnection! stargazers(PAGE): UserConnection!
  issues(PAGE, states: [IssueState!], labels: [String!], filterBy: IssueFilters, orderBy: IssueOrder): IssueConnection!
  pullRequests(PAGE, states: [PullRequestState!], labels: [String!], baseRefName: String, headRefName: String,
    orderBy: IssueOrder): PullRequestConnection!
  issue(number: Int!): Issue pullRequest(number: Int!): PullRequest issueOrPullRequest(number: Int!): IssueOrPullRequest
  releases(PAGE, orderBy: ReleaseOrder): ReleaseConnection!
  deployments(PAGE, environments: [String!], orderBy: DeploymentOrder): DeploymentConnection!
  defaultBranchRef: Ref ref(qualifiedName: String!): Ref refs(PAGE, refPrefix: String!): RefConnection
  object(oid: GitObjectID, expression: String): GitObject
  vulnerabilityAlerts(PAGE, states: [RepositoryVulnerabilityAlertState!]): RepositoryVulnerabilityAlertConnection }
type Language { id: ID! name: String! color: String }
type License { id: ID! key: String! name: String! spdxId: String }
type Ref implements Node { id: ID! name: String! prefix: String! target: GitObject repository: Repository! }
interface GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! repository: Repository! }
type Commit implements Node, GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! repository: Repository!
  message: String! messageHeadline: String!
  committedDate: DateTime! authoredDate: DateTime! pushedDate: DateTime author: GitActor committer: GitActor authors(PAGE): GitActorConnection!
  parents(PAGE): CommitConnection! additions: Int! deletions: Int! changedFilesIfAvailable: Int associatedPullRequests(PAGE): PullRequestConnection
  history(PAGE, since: GitTimestamp, until: GitTimestamp, author: CommitAuthor, path: String): CommitHistoryConnection! }
type GitActor { name: String email: String date: GitTimestamp user: User avatarUrl: URI! }
union IssueOrPullRequest = Issue | PullRequest
union Closer = Commit | PullRequest | ProjectV2
union Assignee = Bot | Mannequin | Organization | User
type ProjectV2 implements Node { id: ID! title: String! }
type Issue implements Node { id: ID! databaseId: Int fullDatabaseId: BigInt number: Int! title: String! state: IssueState!
  stateReason(enableDuplicate: Boolean): IssueStateReason
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime closed: Boolean! author: Actor assignees(PAGE): UserConnection!
  assignedActors(PAGE): AssigneeConnection! labels(PAGE): LabelConnection repository: Repository! url: URI!
  timelineItems(PAGE, since: DateTime, skip: Int, itemTypes: [IssueTimelineItemsItemType!]): IssueTimelineItemsConnection!
  closedByPullRequestsReferences(PAGE, includeClosedPrs: Boolean): PullRequestConnection }
type PullRequest implements Node { id: ID! databaseId: Int fullDatabaseId: BigInt number: Int! title: String! state: PullRequestState!
  isDraft: Boolean!
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime mergedAt: DateTime merged: Boolean! closed: Boolean! author: Actor
  mergedBy: Actor mergeCommit: Commit
  headRefOid: GitObjectID! baseRefOid: GitObjectID! headRefName: String! baseRefName: String! additions: Int! deletions: Int! changedFiles: Int!
  commits(PAGE): PullRequestCommitConnection! labels(PAGE): LabelConnection assignees(PAGE): UserConnection! repository: Repository! url: URI!
  reviews(PAGE, author: String, states: [PullRequestReviewState!]): PullRequestReviewConnection reviewDecision: PullRequestReviewDecision
  timelineItems(PAGE, since: DateTime, skip: Int, itemTypes: [PullRequestTimelineItemsItemType!]): PullRequestTimelineItemsConnection!
  closingIssuesReferences(PAGE): IssueConnection }
type PullRequestCommit implements Node { id: ID! commit: Commit! url: URI! }
type PullRequestReview implements Node { id: ID! databaseId: Int fullDatabaseId: BigInt author: Actor state: PullRequestReviewState!
  submittedAt: DateTime
  createdAt: DateTime! publishedAt: DateTime commit: Commit body: String! }
union IssueTimelineItems = ClosedEvent | ReopenedEvent | TransferredEvent | LabeledEvent
union PullRequestTimelineItems = ClosedEvent | ReopenedEvent | MergedEvent | ReadyForReviewEvent | ConvertToDraftEvent | LabeledEvent
type ClosedEvent implements Node { id: ID! actor: Actor closer: Closer createdAt: DateTime! stateReason: IssueStateReason url: URI! }
type ReopenedEvent implements Node { id: ID! actor: Actor createdAt: DateTime! stateReason: IssueStateReason }
type MergedEvent implements Node { id: ID! actor: Actor createdAt: DateTime! commit: Commit mergeRefName: String! }
type ReadyForReviewEvent implements Node { id: ID! actor: Actor createdAt: DateTime! }
type ConvertToDraftEvent implements Node { id: ID! actor: Actor createdAt: DateTime! }
type TransferredEvent implements Node { id: ID! actor: Actor createdAt: DateTime! fromRepository: Repository }
type LabeledEvent implements Node { id: ID! actor: Actor createdAt: DateTime! }
type Label implements Node { id: ID! name: String! color: String! }
type Release implements Node { id: ID! databaseId: Int tagName: String! name: String isDraft: Boolean! isPrerelease: Boolean!
  isLatest: Boolean! createdAt: DateTime!
  publishedAt: DateTime author: User releaseAssets(PAGE, name: String): ReleaseAssetConnection! }
type ReleaseAsset implements Node { id: ID! name: String! downloadCount: Int! size: Int! }
type Deployment implements Node { id: ID! databaseId: Int commitOid: String! commit: Commit environment: String
  latestEnvironment: String originalEnvironment: String
  createdAt: DateTime! updatedAt: DateTime! creator: Actor! state: DeploymentState latestStatus: DeploymentStatus
  statuses(PAGE): DeploymentStatusConnection
  ref: Ref task: String payload: String }
type DeploymentStatus implements Node { id: ID! state: DeploymentStatusState! createdAt: DateTime! updatedAt: DateTime!
  environment: String creator: Actor! }
type RepositoryVulnerabilityAlert implements Node { id: ID! number: Int! state: RepositoryVulnerabilityAlertState! createdAt: DateTime!
  fixedAt: DateTime
  securityVulnerability: SecurityVulnerability }
type SecurityVulnerability { severity: SecurityAdvisorySeverity! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
enum IssueState { OPEN CLOSED }
enum PullRequestState { OPEN CLOSED MERGED }
enum IssueStateReason { COMPLETED NOT_PLANNED DUPLICATE REOPENED }
enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
enum PullRequestReviewDecision { APPROVED CHANGES_REQUESTED REVIEW_REQUIRED }
enum RepositoryVisibility { PUBLIC PRIVATE INTERNAL }
enum RepositoryVulnerabilityAlertState { OPEN FIXED DISMISSED AUTO_DISMISSED }
enum SecurityAdvisorySeverity { LOW MODERATE HIGH CRITICAL }
enum DeploymentState { ABANDONED ACTIVE DESTROYED ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING }
enum DeploymentStatusState { ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING }
enum IssueTimelineItemsItemType { CLOSED_EVENT REOPENED_EVENT TRANSFERRED_EVENT LABELED_EVENT }
enum PullRequestTimelineItemsItemType { CLOSED_EVENT REOPENED_EVENT MERGED_EVENT READY_FOR_REVIEW_EVENT CONVERT_TO_DRAFT_EVENT LABELED_EVENT }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
enum OrderDirection { ASC DESC }
enum DeploymentOrderField { CREATED_AT }
enum ReleaseOrderField { CREATED_AT NAME }
input IssueFilters { assignee: String createdBy: String labels: [String!] mentioned: String milestone: String milestoneNumber: String
  since: DateTime
  states: [IssueState!] viewerSubscribed: Boolean }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
input DeploymentOrder { field: DeploymentOrderField! direction: OrderDirection! }
input ReleaseOrder { field: ReleaseOrderField! direction: OrderDirection! }
input CommitAuthor { id: ID emails: [String!] }
"""
SCALARS = {"Int", "Float", "String", "Boolean", "ID", "DateTime", "URI", "GitObjectID", "GitTimestamp", "BigInt"}


class FieldType(NamedTuple):
    arguments: dict  # name -> type text
    type: str


def bare(text):
    """A type's name without list and non-null marks."""
    return text.strip("[]!")


class Schema:
    def __init__(self):
        self.fields, self.possible, self.enums, self.inputs, implements = {}, {}, {}, {}, {}
        for kind, name, rest, body in re.findall(r"^(type|interface|enum|input) (\w+)(?: implements ([\w, ]+))? \{(.*?)\}", TEXT, re.M | re.S):
            if kind == "enum":
                self.enums[name] = body.split()
            elif kind == "input":
                self.inputs[name] = dict(re.findall(r"(\w+): ([\[\]\w!]+)", body))
            else:
                self.fields[name] = self._read_fields(body)
                if kind == "type":
                    self.possible[name] = {name}
                    implements[name] = [one.strip() for one in rest.split(",")] if rest else []
        for name, interfaces in implements.items():
            for interface in interfaces:
                self.possible.setdefault(interface, set()).add(name)
        for name, members in re.findall(r"^union (\w+) = (.*)$", TEXT, re.M):
            self.possible[name] = set(members.split(" | "))
            self.fields[name] = {}
        self._add_connections()

    @staticmethod
    def _read_fields(body):
        found = {}
        for name, arguments, shape in re.findall(r"(\w+)(?:\(([^)]*)\))?:\s+([\[\]\w!]+)", body):
            found[name] = FieldType(dict(re.findall(r"(\w+): ([\[\]\w!]+)", arguments.replace("PAGE", PAGE))), shape)
        return found

    def _add_connections(self):
        """XConnection and XEdge for every connection that is named; the odd one out is a commit's history."""
        named = {bare(each.type) for fields in self.fields.values() for each in fields.values() if bare(each.type).endswith("Connection")}
        for name in named:
            item = {"CommitHistory": "Commit"}.get(name.removesuffix("Connection"), name.removesuffix("Connection"))
            plain = {"totalCount": "Int!", "pageInfo": "PageInfo!", "nodes": f"[{item}]", "edges": f"[{item}Edge]"}
            if item.endswith("TimelineItems"):
                plain.update({"filteredCount": "Int!", "pageCount": "Int!", "updatedAt": "DateTime!"})
            self.fields[name] = {key: FieldType({}, shape) for key, shape in plain.items()}
            self.fields[f"{item}Edge"] = {"cursor": FieldType({}, "String!"), "node": FieldType({}, item)}
            self.possible[name], self.possible[f"{item}Edge"] = {name}, {f"{item}Edge"}

    def is_leaf(self, name):
        return name in SCALARS or name in self.enums


SCHEMA = Schema()
