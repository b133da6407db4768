package bounce

import "regexp"

// What mail servers say, in the languages and forms that they say it in. These words
// only count where a server is the author; people use them too.
var (
	failedBody = regexp.MustCompile(`(?i)(could not|couldn'?t|can ?not|can'?t|was not|wasn'?t|were not|not|unable to) be(en)? delivered|n[o']t (been )?deliver(ed)?\b|` +
		`undeliver|unable to deliver|failed to deliver|unable to send|not able to deliver|permanent (fatal )?(error|failure)|failed permanently|` +
		`deliver(y|ed|ing)?( of| to)?\b.{0,80}\b(failed|failure|error|problem)|trouble delivering|did not reach|not reach the following|non-?deliver|returned (mail|to sender)|` +
		`(was|were|been|is) (rejected|refused|returned|bounced)|failure (notice|reasons)|following address(es)?.{0,40}(failed|fatal|error|problem)|` +
		`error (has )?(occurred|sending)|encountered the following error|does not like recipient|user unknown|unknown user|unknown recipient|no such user|` +
		`mailbox (is )?(full|unavailable)|over quota|has been frozen|did not receive this message|group you tried to contact|message not delivered|address(es)? (was |is )?not found|Error: |` +
		`konnte nicht zugestellt|unzustellbar|pas pu être|non remis|no (pudo|se pudo|ha podido).{0,20}entrega|non (è stato possibile|recapitabile)|não (foi|pôde)|` +
		`退信|无法(投递|送达)|無法(投遞|傳遞)|전송.{0,6}(실패|못)|배달.{0,6}(실패|못)|не (была |может быть )?доставлен`)

	failedBodyJa = regexp.MustCompile(`(配信|配送|送信|送達|転送|お届け)(が|を|は|する(こと)?)?.{0,12}(でき(ません|なかった|ず)|失敗|不能|エラー|されません|行えません)|` +
		`届け(る)?(こと(が|は))?(でき|られ)ません|届きません|届かなかった|宛先(不明|が(存在|見つか|不明|正しく))|エラーメール|` +
		`(アドレス|ユーザー?|宛先|メールボックス|ドメイン|受信者).{0,20}(存在しません|存在していません|見つかりません|不明|満杯|いっぱい|一杯|超え|無効)|送れませんでした|不達|受信(できません|を拒否|拒否)`)

	failedSubject = regexp.MustCompile(`(?i)^\W*(\[?(warning|error|notice|spam)\]?:? *)?(returned?[ _](mail|message|to sender|e-?mail)|undeliver|non[ -]?deliver|delivery[ _](status|fail|notif|report|problem|error|has failed|incomplete|unsuccessful)|` +
		`deliver(y|ing)? .{0,40}(fail|error)|failure (notice|delivery)|fail(ed|ure)[ _]+(notice|mail|deliver|to deliver)|mail[ _](delivery|system error|failure|error|could not|undeliver|returned|status)|(mail|message|e-?mail)( delivery)? (fail|error|problem|could not|not delivered|undeliver|frozen|returned|rejected|system error)|` +
		`your (mail|message|e-?mail).{0,60}(could not|couldn't|not (be )?deliver|fail|undeliver|rejected|returned)|there was an error sending|could ?n[o']t (be )?(deliver|send)|unable to deliver|user unknown|unknown user|message (you sent )?(blocked|not delivered|undeliver)|NDN:|bounced|blocked:|rejected:|` +
		`unzustellbar|mail ?zustellung|non[ _]remis|échec|notification d.état|no se ha podido|non recapitabile|oleverer|não entregue|退信|系统退信|无法投递|전송 실패|address not found|automatically rejected mail|nondeliverable|could not be delivered)`)

	failedSubjectJa = regexp.MustCompile(`^\W*(【.{1,12}】|\[.{1,12}\])?\s*((メール|メッセージ)?の?(配信|配送|送信|送達|転送)(が|に|は)?(エラー|不能|失敗|でき(ません|ない|なかった)|されません|状況|状態の通知|不可)|(配信|送信|配送)(できません|に失敗)|宛先不明|宛先(ユーザー?)?(が)?(存在|不明)|エラーメール|不達|未達|未配信|返送|戻り|受信拒否|配信不能)`)

	lateWords = regexp.MustCompile(`(?i)warning message only|(has|have|is|was|been|being) delayed|delayed (mail|message|delivery)|delivery (is )?delayed|delays in deliver|message is delayed|delivery delay|still (being )?(tried|undelivered|in (the|our) queue|trying)|will (continue|keep|be) (to )?(be )?(retr|try|attempt|deliver)|will be retried|` +
		`keep trying|attempts will continue|not yet (been )?deliver|not been delivered yet|temporary failure report|do not need to re-?send|could not send message for past|(no|any) action is required on your part|will retry|retry(ing)? (for|until)|` +
		`遅延|遅れ|再送を(試み|行)|再試行|引き続き|まだ(配信|配送|送信)(されて|できて)|verzögert|retard[ée]|demorad`)
	finalWords = regexp.MustCompile(`(?i)permanent|giving up|given up|will not (be )?(retr|try|attempt)|no longer (be )?(retr|try|attempt)|not going to try again|further attempts|retry timeout|too long in the queue|in the queue too long|unable to deliver (this|the) message|` +
		`(配信|配送|送信)を(中止|断念)|これ以上`)
	goodWords = regexp.MustCompile(`(?i)success(ful|fully)|was (delivered|relayed)|delivered successfully|正常に(配信|配送)|return receipt`)

	// What programs write when nobody is there. People write of their holidays too: the
	// weaker words count only in a mail that shows in another way that it is automatic.
	awaySubject = regexp.MustCompile(`(?i)^\W*(out[ -]of[ -](the[ -])?office|auto(matic)?[ -]?(reply|respon[sd])|auto: |automat(ed|ic) (reply|response|message)|autoreply|autoresponder|abwesenheits|automatische antwort|réponse automatique|respuesta autom|risposta automatica|resposta autom|automatisch antwoord|自动回复|自動回覆|자동 ?(회신|응답)|` +
		`[【\[]?自動(返信|応答|回答)|.{0,12}不在(の)?(お知らせ|通知|連絡|案内)|.{0,20}(自動返信|自動応答)(メール|です|】))`)
	awayHint = regexp.MustCompile(`(?i)\b(vacation|on (annual )?leave|on holiday|away|absence|absent|abwesen|afwezig|fravær|frånvar|poissa|fuori sede|ooo)\b|不在|休暇|休業|休職|お休み|退職|異動`)
	awayBody = regexp.MustCompile(`(?i)\b(i am|i'm|i will be|currently) (out of|away|on (leave|vacation|holiday))|out of (the )?office|this is an automat(ed|ic) (reply|response)|automatically generated (reply|response)|` +
		`(このメール|本メール|これ)は.{0,20}自動(返信|応答|送信|配信)|自動(返信|応答)メール|不在にして|休暇(中|を|で)|夏季休業|年末年始休|退職(いたし|しま|致し)|異動(いたし|しま|致し)|転出`)

	proveSubject = regexp.MustCompile(`(?i)(please )?(confirm|verify|authenticate|validate) (your )?(message|e-?mail|delivery|that you)|verification required|confirm(ation)? (required|needed)|action required.{0,30}(verif|confirm)|challenge|your message (is|has been) (held|on hold|quarantined)|awaiting (moderator )?approval|sender verification|whitelist|(送信者|メール)(の)?(認証|確認)(の)?(お願い|が必要)`)
	proveBody    = regexp.MustCompile(`(?i)(click|reply|visit|follow|press).{0,120}(confirm|verify|prove|human|approve|deliver|white ?list|real person)|(prove|verify|confirm) (that )?you('re| are) (a )?(human|real|not a)|spam ?arrest|boxbe|challenge[- ]response|is held until|approved sender|tmda|earthlink spamblocker|` +
		`(クリック|アクセス|返信).{0,40}(認証|承認|確認)`)

	stopSubject = regexp.MustCompile(`(?i)^\W*(re: *|fwd?: *)?(please )?(unsubscribe|un-subscribe|opt[ -]?out|remove( me)?|stop|cancel subscription|signoff|(配信|購読|登録|メルマガ|メール(マガジン)?)の?(配信|購読|登録)?(停止|解除|中止|取消|拒否|不要)|受信拒否|退会)( ?(希望|依頼|申請|お願い|願い|してください|します|手続き?|me|request|please|mail|from (this|your|the) list|をお願い(し|致し|いたし)ます|を希望(し|致し|いたし)ます))*\W*$`)
	stopBody    = regexp.MustCompile(`(?i)^\W*(please )?(unsubscribe( me)?|opt[ -]?out|remove me( from (this|your|the) (mailing )?list)?|stop( (sending|mailing)( me)?( (e-?mails?|mail|messages))?)?|(配信|メール|購読|メルマガ)(の配信)?(を|は|の)?(停止|解除|中止|やめて|止めて|不要)[^\n]{0,20})(,? please|( me)?,? thank(s| you))?\W*$`)

	replied = regexp.MustCompile(`(?i)^\W*(re|fw|fwd|aw|wg|sv|tr|rv|返信|転送)(\[\d+\]|\d+)?\s*[:：]`)
)

func failed(s string) bool { return failedBody.MatchString(s) || failedBodyJa.MatchString(s) }

func failedHead(subject string) bool {
	return failedSubject.MatchString(subject) || failedSubjectJa.MatchString(subject)
}
