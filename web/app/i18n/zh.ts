import type { EN } from './en.ts'

/** The page's words in simplified Chinese; a key for each of EN, or it does not compile. */
export const ZH: Readonly<Record<keyof typeof EN, string>> = {
  'app.title': 'Netarium',
  'app.tagline': '一页之内的 Linux 网络',
  'app.loading': '正在启动引擎……',
  'app.labs': '实验',
  'app.theme': '切换浅色与深色',
  'app.language': 'English',
  'app.close': '关闭',
  'room.lesson': '讲解',
  'room.node': '节点',
  'room.link': '链路',
  'room.journey': '旅程',
  'room.why': '为什么？',
  'room.editor': '编辑器',
  'room.share': '分享',
  'room.console': '终端',
  'room.capture': '抓包',
  'room.checks': '检查',
  'room.branches': '分支',
  'crash.title': '引擎已停止',
  'crash.restart': '从最后一个正常的时刻重新开始',
}
