/** The Chinese counterpart of the English slots; no spaces between sentences. */
export const chineseSlots: Readonly<Record<string, readonly string[]>> = {
  who: [
    '远方的列车',
    '安静的港口',
    '年轻的工程师',
    '山上的风',
    '老图书馆',
    '河边的城市',
    '第一场雪',
  ],
  does: ['记录着', '带来了', '保留着', '等待着', '分享着', '描述了', '连接着'],
  what: [
    '每一个小小的承诺',
    '清晨的光',
    '回家的路',
    '远处的声音',
    '许多人的工作',
    '简单而真实的数字',
    '一年四季的变化',
  ],
  where: ['在水边', '在两座山之间', '在城市的另一边', '在打开的窗前', '在安静的街道上'],
  when: ['天亮之前', '下雨之后', '每天晚上', '有时候', '到了秋天', '周末的时候'],
  how: ['简单', '美好', '有意思', '清楚', '自然', '重要'],
};

export const chineseTemplates: readonly string[] = [
  '{when}，{who}{where}{does}{what}。',
  '{who}{does}{what}，这是一件{how}的事情。',
  '我们可以说，{who}{does}{what}。',
  '{when}，没有什么比{what}更{how}。',
  '如果你{where}听一听，就会知道{who}{does}{what}。',
];
