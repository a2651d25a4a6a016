/**
 * The cluster side as a CDK construct, for an EKS cluster that exists: access entries for the gateway's identities,
 * roles of pods, and the same charts and manifests that `write-manifests.ts` writes, applied in order. Optional: whoever has
 * Argo CD or Helm takes only `install: 'access'` and the written files.
 */
import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35'
import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { aws_ec2 as ec2 } from 'aws-cdk-lib'
import * as eksL1 from 'aws-cdk-lib/aws-eks'
import * as eks from 'aws-cdk-lib/aws-eks-v2'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { IConstruct } from 'constructs'
import { GATEWAY_GROUPS, GATEWAY_IDENTITIES } from '../../shared/domain/platform/cluster-grants.ts'
import type { GatewayIdentity } from '../../shared/domain/platform/cluster-grants.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { addAssumedRole } from './assumed-role.ts'
import { clusterContext } from './cluster-context.ts'
import { acknowledgeClusterFindings } from './cluster-nag-reasons.ts'
import { parseClusterOptions } from './cluster-options.ts'
import type { ClusterOptionsInput } from './cluster-options.ts'
import { renderCluster } from './render-cluster.ts'
import type { RenderedCluster } from './render-cluster.ts'
import type { PodRole } from './team-roles.ts'

export interface SparkgateClusterProps {
  readonly platform: Platform
  /** Of `platform.clusters`. */
  readonly clusterName: string
  /** As in the file of `write-manifests.ts`; `accountId` is the stack's where that is known. */
  readonly options?: ClusterOptionsInput
  /**
   * The gateway's execution roles by identity: its outputs `reconcile-job-role`, `observe-cluster-role` and `api-role`; several
   * where several gateways share the cluster. Where the platform file says `assume`, they are of another account, and the roles
   * that they assume are made here.
   */
  readonly gatewayRoleArns: Readonly<Record<GatewayIdentity, readonly string[]>>
  /** `oidc.eks.REGION.amazonaws.com/id/ID`; needed for `identity: irsa`. */
  readonly oidcIssuer?: string
  /** `access`: access entries and roles alone; `everything` (default) also charts and manifests. */
  readonly install?: 'everything' | 'access'
  /** For clusters whose API is private: where the function that runs kubectl lives. */
  readonly kubectlNetwork?: {
    readonly vpc: ec2.IVpc
    readonly subnets: ec2.ISubnet[]
    readonly securityGroup: ec2.ISecurityGroup
  }
}

export class SparkgateCluster extends Construct {
  /** Roles of service accounts by name, for further policies of the platform. */
  readonly podRoles: Readonly<Record<string, iam.Role>>
  private readonly eksName: string

  /** Throws `ClusterOptionsError` where options and platform file contradict each other. */
  constructor(scope: Construct, id: string, props: SparkgateClusterProps) {
    super(scope, id)
    const { account } = Stack.of(this)
    const known = /^\d{12}$/.test(account) ? { accountId: account } : {}
    const options = parseClusterOptions({ ...known, ...props.options })
    const rendered = renderCluster(props.platform, props.clusterName, options)
    const { cluster } = clusterContext(props.platform, props.clusterName, options)
    const { assume } = cluster
    this.eksName = cluster.eksName
    for (const identity of GATEWAY_IDENTITIES) {
      const callers = props.gatewayRoleArns[identity]
      const assumed = assume && addAssumedRole(this, { identity, cluster, assume, callers })
      this.admit(identity, assumed === undefined ? callers : [assumed.roleArn])
    }
    this.podRoles = Object.fromEntries(
      rendered.podRoles.map(role => [
        role.roleName,
        options.identity === 'pod-identity' ? this.podIdentityRole(role) : this.irsaRole(role, props.oidcIssuer),
      ]),
    )
    if (props.install !== 'access') this.install(rendered, props)
    acknowledgeClusterFindings(this, rendered.podRoles)
  }

  /** Type STANDARD and a group of ours: the rights are the Roles of the manifests, nothing of EKS's own policies. */
  private admit(identity: GatewayIdentity, roleArns: readonly string[]): void {
    roleArns.forEach((principalArn, index) => {
      new eksL1.CfnAccessEntry(this, `Access-${identity}-${index}`, {
        clusterName: this.eksName,
        principalArn,
        type: 'STANDARD',
        kubernetesGroups: [GATEWAY_GROUPS[identity]],
      })
    })
  }

  private clusterArn(): string {
    return Stack.of(this).formatArn({ service: 'eks', resource: 'cluster', resourceName: this.eksName })
  }

  private irsaRole(plan: PodRole, oidcIssuer: string | undefined): iam.Role {
    if (oidcIssuer === undefined) throw new Error('SparkgateCluster: identity irsa needs oidcIssuer')
    const { account, partition } = Stack.of(this)
    return this.podRole(
      plan,
      new iam.WebIdentityPrincipal(`arn:${partition}:iam::${account}:oidc-provider/${oidcIssuer}`, {
        StringEquals: {
          [`${oidcIssuer}:sub`]: `system:serviceaccount:${plan.namespace}:${plan.serviceAccount}`,
          [`${oidcIssuer}:aud`]: 'sts.amazonaws.com',
        },
      }),
    )
  }

  private podIdentityRole(plan: PodRole): iam.Role {
    const { account } = Stack.of(this)
    const role = this.podRole(
      plan,
      new iam.SessionTagsPrincipal(
        // Only for pods of this cluster: without the conditions any cluster of the account could hand the role out.
        new iam.ServicePrincipal('pods.eks.amazonaws.com', {
          conditions: {
            StringEquals: {
              'aws:SourceAccount': account,
              'aws:RequestTag/kubernetes-namespace': plan.namespace,
              'aws:RequestTag/kubernetes-service-account': plan.serviceAccount,
            },
            ArnEquals: { 'aws:SourceArn': this.clusterArn() },
          },
        }),
      ),
    )
    new eksL1.CfnPodIdentityAssociation(this, `Association-${plan.roleName}`, {
      clusterName: this.eksName,
      namespace: plan.namespace,
      serviceAccount: plan.serviceAccount,
      roleArn: role.roleArn,
    })
    return role
  }

  private podRole(plan: PodRole, assumedBy: iam.IPrincipal): iam.Role {
    const role = new iam.Role(this, `Role-${plan.roleName}`, { roleName: plan.roleName, assumedBy })
    for (const statement of plan.statements) role.addToPolicy(iam.PolicyStatement.fromJson(statement))
    return role
  }

  /** Namespaces and rules first, then charts (they bring CRDs and watch namespaces), then what needs those. */
  private install(rendered: RenderedCluster, props: SparkgateClusterProps): void {
    const cluster = this.clusterFor(props)
    const files = Object.keys(rendered.manifests)
    const beforeCharts = files.filter(file => file < FIRST_AFTER_CHARTS)
    const afterCharts = files.filter(file => file >= FIRST_AFTER_CHARTS)
    const steps: IConstruct[] = [
      ...beforeCharts.map(file => this.manifest(cluster, file, rendered)),
      ...rendered.charts.map(chart => this.chart(cluster, chart)),
      ...afterCharts.map(file => this.manifest(cluster, file, rendered)),
    ]
    steps.forEach((step, index) => {
      const before = steps[index - 1]
      if (before !== undefined) step.node.addDependency(before)
    })
  }

  private manifest(cluster: eks.ICluster, file: string, { manifests }: RenderedCluster): IConstruct {
    return new eks.KubernetesManifest(this, `Manifest-${file}`, {
      cluster,
      // CDK writes a label of its own into what it is given.
      manifest: structuredClone([...(manifests[file] ?? [])]),
      // The account `default` is there before us.
      overwrite: true,
      // A namespace that goes takes the jobs of its team with it: destroying the stack must not do that.
      ...(file === NAMESPACES && { removalPolicy: RemovalPolicy.RETAIN }),
    })
  }

  private chart(cluster: eks.ICluster, chart: RenderedCluster['charts'][number]): IConstruct {
    const isRegistry = chart.repository.startsWith('oci://')
    return new eks.HelmChart(this, `Chart-${chart.name}`, {
      cluster,
      chart: chart.chart,
      repository: isRegistry ? `${chart.repository}/${chart.chart}` : chart.repository,
      version: chart.version,
      release: chart.name,
      namespace: chart.namespace,
      createNamespace: true,
      values: structuredClone(chart.values),
    })
  }

  /** The cluster by its name, with a function of our own that runs kubectl while the stack is deployed. */
  private clusterFor({ kubectlNetwork }: SparkgateClusterProps): eks.ICluster {
    const role = new iam.Role(this, 'KubectlRole', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole'),
        ...(kubectlNetwork === undefined
          ? []
          : [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')]),
      ],
    })
    const { partition } = Stack.of(this)
    role.addToPolicy(new iam.PolicyStatement({ actions: ['eks:DescribeCluster'], resources: [this.clusterArn()] }))
    // It writes RBAC, so it needs all rights there are; it runs only while somebody deploys.
    new eksL1.CfnAccessEntry(this, 'Access-kubectl', {
      clusterName: this.eksName,
      principalArn: role.roleArn,
      type: 'STANDARD',
      accessPolicies: [
        {
          accessScope: { type: 'cluster' },
          policyArn: `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
        },
      ],
    })
    // The provider wants a cluster, and the cluster its provider: so the same cluster is named twice.
    const bare = eks.Cluster.fromClusterAttributes(this, 'Bare', {
      clusterName: this.eksName,
      ...(kubectlNetwork !== undefined && { vpc: kubectlNetwork.vpc }),
    })
    const kubectlProvider = new eks.KubectlProvider(this, 'Kubectl', {
      cluster: bare,
      kubectlLayer: new KubectlV35Layer(this, 'KubectlLayer'),
      role,
      ...(kubectlNetwork !== undefined && {
        privateSubnets: kubectlNetwork.subnets,
        securityGroups: [kubectlNetwork.securityGroup],
      }),
    })
    return eks.Cluster.fromClusterAttributes(this, 'Cluster', { clusterName: this.eksName, kubectlProvider })
  }
}

const NAMESPACES = '00-namespaces'
/** Files from here on hold kinds whose CRDs come with charts, or pods that want nodes. */
const FIRST_AFTER_CHARTS = '50'
