// The shapes of Kafka's answers, as kafkajs decodes them; an error code of 0 is no error.

interface PerPartition<P> {
  topic: string;
  partitions: ({ partition: number; errorCode: number } & P)[];
}

/** By the names of the requests in kafkajs. */
export interface Answers {
  Produce: {
    topics: { topicName: string; partitions: { partition: number; errorCode: number; baseOffset: string }[] }[];
  };
  ListOffsets: { responses: PerPartition<{ offset: string }>[] };
  OffsetFetch: { errorCode: number; responses: PerPartition<{ offset: string; metadata: string | null }>[] };
  OffsetCommit: { responses: PerPartition<object>[] };
  GroupCoordinator: { errorCode: number; coordinator: { nodeId: number; host: string; port: number } };
  JoinGroup: {
    errorCode: number;
    generationId: number;
    leaderId: string;
    memberId: string;
    members: { memberId: string; memberMetadata: Buffer }[];
  };
  SyncGroup: { errorCode: number; memberAssignment: Buffer };
  Heartbeat: { errorCode: number };
  LeaveGroup: { errorCode: number };
  InitProducerId: { errorCode: number; producerId: string; producerEpoch: number };
  DeleteTopics: { topicErrors: { topic: string; errorCode: number }[] };
  DeleteRecords: { topics: { partitions: { errorCode: number }[] }[] };
  DeleteGroups: object;
  CreateTopics: { topicErrors: { topic: string; errorCode: number; errorMessage?: string | null }[] };
  DescribeConfigs: {
    resources: { errorCode: number; configEntries: { configName: string; configValue: string }[] }[];
  };
}
