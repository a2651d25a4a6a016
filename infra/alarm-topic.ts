/** Where alarms and the budget go: a topic of yours, or one that is made with mail addresses on it. */
import { Stack } from 'aws-cdk-lib'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'

/** A topic, or mail addresses; each must confirm the mail that SNS sends it. */
export type AlarmTarget = { readonly topic: ITopic } | { readonly mailTo: readonly string[] }

export function addAlarmTopic(
  scope: Construct,
  target: AlarmTarget | undefined,
  key: IKey | undefined,
): ITopic | undefined {
  if (target === undefined) return undefined
  if ('topic' in target) return target.topic
  const topic = new Topic(scope, 'AlarmTopic', {
    displayName: 'Sparkgate alarms',
    enforceSSL: true,
    ...(key !== undefined && { masterKey: key }),
  })
  for (const address of target.mailTo) topic.addSubscription(new EmailSubscription(address))
  const { account, region, partition } = Stack.of(scope)
  const senders = {
    'cloudwatch.amazonaws.com': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*`,
    'budgets.amazonaws.com': `arn:${partition}:budgets::${account}:*`,
  }
  for (const [service, sourceArn] of Object.entries(senders)) {
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(service)],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': sourceArn } },
      }),
    )
  }
  return topic
}

/** Dollars a month for everything that carries the cost tag. */
export interface Budget {
  readonly dollarsAMonth: number
}

/** Warns at 80 % and at a forecast of 100 %. The tag counts once it is switched on as a cost allocation tag in Billing. */
export function addBudget(
  scope: Construct,
  { dollarsAMonth }: Budget,
  tag: { readonly key: string; readonly value: string },
  topic: ITopic | undefined,
): void {
  if (topic === undefined) throw new Error('a budget needs somebody to tell: set alarms too')
  const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }]
  const at = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
    notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
    subscribers,
  })
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: dollarsAMonth, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:${tag.key}$${tag.value}`] },
    },
    notificationsWithSubscribers: [at('ACTUAL', 80), at('FORECASTED', 100)],
  })
}
